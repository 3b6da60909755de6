import pandas as pd

from scripts.balance_folds import balance_folds


def test_folds_are_joined_to_the_table_of_scans_by_name(tmp_path):
    names = [f"sub-{number}" for number in range(6)]
    pd.DataFrame(
        {"scan": names, "subject": names, "site": "", "label_sex": [0, 1] * 3, "Age": ["22-25", "26-30", "36+"] * 2}
    ).to_csv(tmp_path / "scans.tsv", sep="\t", index=False)
    pd.DataFrame(
        {"scan": names, "subject": names, "label": [0, 1] * 3, "split": "r1f1", "role": ["train"] * 4 + ["test"] * 2}
    ).to_csv(tmp_path / "folds.tsv", sep="\t", index=False)
    table = balance_folds(tmp_path / "folds.tsv", tmp_path / "scans.tsv", "sex", ["Age", "nowhere"])
    assert set(table["variable"]) == {"Age"}
    train = table[(table["role"] == "train") & (table["class"] == "all")].set_index("level")["share"]
    assert train.to_dict() == {"22-25": 0.5, "26-30": 0.25, "36+": 0.25}
