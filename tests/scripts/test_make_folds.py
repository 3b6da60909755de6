import json

import pandas as pd

from scripts.make_folds import accepted_scans, labelled_scans, make_folds

SETTINGS = {"k": 3, "repeats": 2, "seed": 1, "validation": 0.25, "given": None, "seeds": [1]}


def test_every_scan_has_a_role_in_every_split(tmp_path):
    ids = [f"{number:03d}" for number in range(12)]
    scans = pd.DataFrame(
        {"scan": [f"sub-{one}" for one in ids], "subject": ids, "source_id": ids, "label_sex": [0, 1] * 6}
    )
    scans.to_csv(tmp_path / "scans.tsv", sep="\t", index=False)
    folds = make_folds(labelled_scans(tmp_path / "scans.tsv", "sex"), SETTINGS)
    assert folds.columns.tolist() == ["scan", "subject", "label", "split", "role"]
    assert folds["split"].unique().tolist() == ["r1f1", "r1f2", "r1f3", "r2f1", "r2f2", "r2f3"]
    assert (
        folds.groupby("split")["subject"].apply(list).map(sorted) == pd.Series([ids] * 6, folds["split"].unique())
    ).all()


def test_a_scan_that_any_input_refuses_has_no_role(tmp_path):
    planned = [
        {"scan": f"sub-{number}", "subject": f"sub-{number}", "source_id": str(number), "train": True, "judge": True}
        | {"label": number % 2}
        for number in range(13)
    ]
    statuses = []
    for number, name in [(number, name) for name in ("one", "two") for number in range(13)]:
        status = {"scan": f"sub-{number}", "input": name, "accepted": (number, name) != (12, "two")}
        statuses.append(tmp_path / f"{number}_{name}.json")
        statuses[-1].write_text(json.dumps(status))
    folds = make_folds(accepted_scans(planned, statuses), SETTINGS)
    assert set(folds["scan"]) == {f"sub-{number}" for number in range(12)}
    assert folds["label"].tolist() == [int(scan[4:]) % 2 for scan in folds["scan"]]
