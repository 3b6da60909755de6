import json
import re

import pytest

from scripts.tabulate_scans import tabulate_scans
from voxplain.errors import InputError

COHORT = {"id_column": "Subject", "label_column": "Gender", "classes": {"F": 0, "M": 1}, "covariates": ["Age"]}
IDS = ["001", "002", "003", "004", "005", "006"]
SCANS = [
    {"scan": f"sub-{one}", "subject": f"sub-{one}", "session": "", "source_id": one, "archives": [f"{one}.zip"]}
    for one in IDS
]


@pytest.fixture
def study(tmp_path):
    """Table and status files of six subjects, the last one refused by its registration."""
    table = tmp_path / "behavioural.csv"
    table.write_text("Subject,Age,Gender\n" + "".join(f"{one},30,{'FM'[int(one) % 2]}\n" for one in IDS))
    statuses = []
    for one in IDS:
        good = one != "006"
        statuses.append(tmp_path / f"sub-{one}_desc-affine_status.json")
        content = {"scan": f"sub-{one}", "input": "affine", "accepted": good, "measures": {"brain_volume_ml": 1400.0}}
        content |= {"stage": None if good else "registration", "reason": None if good else "correlation .4"}
        statuses[-1].write_text(json.dumps(content))
    return table, statuses


def test_scans_and_ledger_agree(study):
    scans, ledger = tabulate_scans(SCANS, *study, COHORT | {"leave_out": ["001"]})
    assert scans["scan"].tolist() == ["sub-002", "sub-003", "sub-004", "sub-005"]
    assert scans["label"].tolist() == [0, 1, 0, 1]
    assert scans["archive"].tolist() == ["002.zip", "003.zip", "004.zip", "005.zip"]
    assert ledger.loc[ledger["status"] == "used", "scan"].tolist() == scans["scan"].tolist()
    assert ledger.loc[ledger["status"] == "excluded", "stage"].tolist() == ["settings", "registration"]


def test_a_study_with_nobody_left_says_why(study):
    said = "no scan is left of 6; the commonest reason (3 times): Gender is 'M', none of cohort.classes (CN, AD)"
    with pytest.raises(InputError, match=f"^{re.escape(said)}$"):
        tabulate_scans(SCANS, *study, COHORT | {"classes": {"CN": 0, "AD": 1}})
