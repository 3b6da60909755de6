import json

import pandas as pd

from scripts.tabulate_quality import tabulate_quality


def test_the_table_survives_its_file(tmp_path):
    statuses = []
    for number, dice in enumerate([0.95, 0.96, 0.94, 0.955, 0.6]):
        content = {"scan": f"sub-{number}", "input": "affine", "accepted": True, "stage": None, "reason": None}
        statuses.append(tmp_path / f"{number}.json")
        statuses[-1].write_text(json.dumps(content | {"measures": {"dice": dice}}))
    table = tabulate_quality(statuses)
    table.to_csv(tmp_path / "qc.tsv", sep="\t", index=False)
    again = pd.read_csv(tmp_path / "qc.tsv", sep="\t", keep_default_na=False)
    assert again["scan"][0] == "sub-4" and again["flag"].tolist() == ["outlier", "", "", "", ""]
    assert again["dice_mads"].tolist() == table["dice_mads"].tolist()
