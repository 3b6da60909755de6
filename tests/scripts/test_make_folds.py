import json

import pandas as pd
import pytest

from scripts.make_folds import accepted_scans, labelled_scans, make_folds
from voxplain.errors import SettingsError

SETTINGS = {"k": 3, "repeats": 2, "seed": 1, "validation": 0.25, "given": None}


def table_of(tmp_path, **columns):
    ids = [f"{number:03d}" for number in range(12)]
    whole = {"scan": [f"sub-{one}" for one in ids], "subject": ids, "source_id": ids, **columns}
    pd.DataFrame(whole).to_csv(tmp_path / "scans.tsv", sep="\t", index=False)
    return tmp_path / "scans.tsv"


def planned_scans(count, **columns):
    rows = [
        {"scan": f"sub-{number}", "subject": f"sub-{number}", "source_id": str(number), "train": True, "judge": True}
        | {"label": number % 2}
        for number in range(count)
    ]
    return [row | {column: values[place] for column, values in columns.items()} for place, row in enumerate(rows)]


def written_statuses(tmp_path, count, *refused):
    files = []
    for number in range(count):
        files.append(tmp_path / f"{number}.json")
        files[-1].write_text(json.dumps({"scan": f"sub-{number}", "accepted": number not in refused}))
    return files


def test_every_scan_has_a_role_in_every_split(tmp_path):
    path = table_of(tmp_path, label_sex=[0, 1] * 6)
    folds = make_folds(labelled_scans(path, "sex", SETTINGS), SETTINGS)
    assert folds.columns.tolist() == ["scan", "subject", "group", "label", "split", "role"]
    assert folds["split"].unique().tolist() == ["r1f1", "r1f2", "r1f3", "r2f1", "r2f2", "r2f3"]
    everybody = [f"{number:03d}" for number in range(12)]
    assert all(sorted(inside["subject"]) == everybody for _, inside in folds.groupby("split"))


def test_scans_without_a_value_are_in_no_fold_and_numbers_stay_numbers(tmp_path):
    path = table_of(tmp_path, label_age=[*[20.5 + one for one in range(11)], None])
    scans = labelled_scans(path, "age", SETTINGS, regression=True)
    assert scans["label"].tolist() == [20.5 + one for one in range(11)]
    folds = make_folds(scans, SETTINGS)
    assert folds["label"].dtype == float and "sub-011" not in set(folds["scan"])


def test_columns_that_folds_go_by_are_found_however_they_are_spelled(tmp_path):
    families = [f"{number // 2}" for number in range(12)]
    path = table_of(tmp_path, **{"label_sex": [0, 0, 1, 1] * 3, "Family ID": families})
    settings = SETTINGS | {"group_by": ["family_id"], "repeats": 1, "validation": 0.2}
    folds = make_folds(labelled_scans(path, "sex", settings), settings)
    assert folds["group"].nunique() == 6
    pairs = folds[folds["role"] == "test"].groupby("split")["subject"].apply(lambda one: {int(x) // 2 for x in one})
    assert sorted(number for pair in pairs for number in pair) == list(range(6))


def test_the_studys_own_site_goes_before_the_one_in_adnis_ids(tmp_path):
    path = table_of(tmp_path, label_sex=[0, 1] * 6, site=[""] * 12, site_text=["A", "A", "B", "B"] * 3)
    settings = SETTINGS | {"scheme": "leave_one_site_out", "site": "site"}
    folds = make_folds(labelled_scans(path, "sex", settings), settings, ["A", "B"])
    tested = folds[folds["role"] == "test"].groupby("split")["subject"].apply(sorted)
    assert tested["r1f1"] == ["000", "001", "004", "005", "008", "009"]
    assert tested["r1f2"] == ["002", "003", "006", "007", "010", "011"]


def test_a_scan_that_any_input_refuses_has_no_role(tmp_path):
    folds = make_folds(accepted_scans(planned_scans(13), written_statuses(tmp_path, 13, 12)), SETTINGS)
    assert set(folds["scan"]) == {f"sub-{number}" for number in range(12)}
    assert folds["label"].tolist() == [int(scan[4:]) % 2 for scan in folds["scan"]]


def test_the_match_of_a_refused_scan_has_no_role_either(tmp_path):
    sets = [[f"sub-{number - number % 2}", f"sub-{number - number % 2 + 1}"] for number in range(14)]
    planned = planned_scans(14, matched=sets)
    folds = make_folds(accepted_scans(planned, written_statuses(tmp_path, 14, 5)), SETTINGS)
    assert set(folds["scan"]) == {f"sub-{number}" for number in range(14)} - {"sub-4", "sub-5"}


def test_a_label_that_nobody_has_is_told():
    with pytest.raises(SettingsError, match="^only one class is left"):
        make_folds(accepted_scans([], []), SETTINGS)
