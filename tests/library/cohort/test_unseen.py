import json

import numpy as np
import pandas as pd
import pytest

from voxplain.cohort.dealing.schemes import k_folds
from voxplain.cohort.folds import read_folds
from voxplain.cohort.unseen import accepted_rows, judges, unseen_folds
from voxplain.errors import InputError


def own_folds(count=12, k=3):
    subjects = [f"sub-{number:02d}" for number in range(count)]
    table = pd.DataFrame({"scan": subjects, "subject": subjects, "group": subjects, "label": np.arange(count) % 2})
    return k_folds(table.assign(train=True, judge=True), k, 1, seed=1, validation=0.3)


def other(*subjects, **cells):
    return [
        {"scan": f"{subject}_ses-3t", "subject": subject, "label": place % 2, "judge": True}
        | {column: told[place] for column, told in cells.items()}
        for place, subject in enumerate(subjects)
    ]


def seen_by(folds, split):
    return set(folds.loc[(folds["split"] == split) & folds["role"].isin(["train", "validation"]), "subject"])


def test_a_patient_of_both_cohorts_is_judged_only_by_the_split_that_holds_the_patient_out():
    folds = own_folds()
    subjects = sorted(folds["subject"].unique())
    found = unseen_folds(folds, other(*subjects))
    for split, rows in found[found["role"] == "test"].groupby("split"):
        assert set(rows["subject"]) == set(subjects) - seen_by(folds, split)
    assert set(judges(found).values()) == {1} and len(judges(found)) == len(subjects)


def test_a_stranger_is_judged_by_all_and_the_training_scans_stay_as_they_are():
    folds = own_folds()
    found = unseen_folds(folds, other("sub-new", "sub-other"))
    assert judges(found) == {"sub-new_ses-3t": 3, "sub-other_ses-3t": 3}
    fitted = found[found["role"] != "test"].reset_index(drop=True)
    of_study = folds[folds["role"] != "test"].reset_index(drop=True)
    pd.testing.assert_frame_equal(fitted, of_study[fitted.columns], check_dtype=False)


def test_a_relative_of_somebody_trained_on_is_as_the_patient():
    folds = own_folds()
    known = [{"subject": "sub-00", "by_Family": "f1"}, {"subject": "sub-01", "by_Family": "f2"}]
    found = unseen_folds(folds, other("sub-new", "sub-alone", by_Family=["f1", ""]), known, ["by_Family"])
    unseen = [split for split in folds["split"].unique() if "sub-00" not in seen_by(folds, split)]
    judged = found[(found["role"] == "test") & (found["subject"] == "sub-new")]
    assert judged["split"].tolist() == unseen and judges(found)["sub-alone_ses-3t"] == 3
    assert set(judged["group"]) == {"sub-00"}


def test_the_guard_at_reading_finds_nothing_divided(tmp_path):
    folds = own_folds()
    path = tmp_path / "folds.tsv"
    unseen_folds(folds, other("sub-00", "sub-01", "sub-new")).to_csv(path, sep="\t", index=False)
    assert read_folds(path).splits == folds["split"].unique().tolist()
    leaked = pd.read_csv(path, sep="\t")
    split, subject = leaked.loc[leaked["role"] == "train", ["split", "subject"]].iloc[0]
    row = {"scan": f"{subject}_ses-3t", "subject": subject, "group": subject, "label": 0, "split": split}
    pd.concat([leaked, pd.DataFrame([row | {"role": "test"}])]).to_csv(path, sep="\t", index=False)
    with pytest.raises(InputError, match=f"{subject} in train, {subject} in test"):
        read_folds(path)


def test_amounts_stay_amounts():
    folds = own_folds().assign(label=lambda table: table["label"] + 0.5)
    scans = [one | {"label": 71.25} for one in other("sub-new")]
    found = unseen_folds(folds, scans)
    assert set(found.loc[found["role"] == "test", "label"]) == {71.25}


def test_a_cohort_whose_people_every_network_has_seen_is_refused_in_one_line():
    folds = own_folds()
    folds = folds[folds["split"] == "r1f1"]
    seen = sorted(seen_by(folds, "r1f1"))[:2]
    with pytest.raises(InputError, match=r"^every network has seen the people of 2 scans; [^\n]+$"):
        unseen_folds(folds, other(*seen))


def test_scans_that_an_input_refused_or_whose_visit_is_not_judged_are_left_out(tmp_path):
    rows = other("sub-a", "sub-b", "sub-c")
    rows[2]["judge"] = False
    path = tmp_path / "status.json"
    path.write_text(json.dumps({"scan": "sub-a_ses-3t", "accepted": False, "reason": "no brain"}))
    assert [row["subject"] for row in accepted_rows(rows, [path])] == ["sub-b"]
    with pytest.raises(InputError, match="no scan of this test cohort can be judged; the commonest reason: no brain"):
        accepted_rows(rows[:1], [path])
