import json

import pytest

from scripts.tabulate_scans import tabulate_scans
from tests.library.cohort.study_settings import study as settings_of
from voxplain.cohort.images import Image
from voxplain.errors import InputError

IDS = ["001", "002", "003", "004", "005", "006"]
IMAGES = [Image(one, places={"T1w": ((f"{one}.zip", f"{one}/T1w.nii.gz"),)}).fields() for one in IDS]


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
        content |= {"stage": None if good else "prepare", "reason": None if good else "correlation .4"}
        statuses[-1].write_text(json.dumps(content))
    return table, statuses


def settings(**changes):
    return settings_of(source="hcp", archives="archives", table="behavioural.csv", **changes)


def test_scans_and_ledger_agree(study):
    scans, ledger = tabulate_scans(IMAGES, *study, settings(leave_out=["001"]))
    assert scans["scan"].tolist() == ["sub-002", "sub-003", "sub-004", "sub-005"]
    assert scans["label_sex"].tolist() == [0, 1, 0, 1]
    assert scans["Gender"].tolist() == ["F", "M", "F", "M"]
    assert scans["archive"].tolist() == ["002.zip", "003.zip", "004.zip", "005.zip"]
    assert ledger.loc[ledger["status"] == "used", "scan"].tolist() == scans["scan"].tolist()
    assert ledger.loc[ledger["status"] == "excluded", "stage"].tolist() == ["settings", "prepare"]


def test_a_scan_rated_exclude_leaves_table_and_ledger_with_the_comment(study, tmp_path):
    (tmp_path / "qc_ratings.tsv").write_text("scan\trating\tcomment\nsub-002\texclude\tringing\n")
    scans, ledger = tabulate_scans(IMAGES, *study, settings(), tmp_path / "qc_ratings.tsv")
    assert scans["scan"].tolist() == ["sub-001", "sub-003", "sub-004", "sub-005"]
    left = ledger[ledger["status"] == "excluded"].set_index("scan")
    assert left.loc["sub-002", ["stage", "reason"]].tolist() == ["quality", "ringing"]


def test_a_further_table_is_joined_by_subject(study, tmp_path):
    (tmp_path / "restricted.csv").write_text("Subject;Age_in_Yrs\n002;27\n003;28\n003;28\n004;1\n004;2\n")
    tables = [{"path": str(tmp_path / "restricted.csv"), "columns": ["Age_in_Yrs"]}]
    scans, _ = tabulate_scans(IMAGES, *study, settings(tables=tables, covariates=["Age", "Age_in_Yrs"]))
    assert scans.set_index("scan")["Age_in_Yrs"].to_dict() == {
        "sub-001": "", "sub-002": "27", "sub-003": "28", "sub-004": "", "sub-005": "",
    }  # fmt: skip


def test_a_study_with_nobody_left_says_why(study):
    with pytest.raises(InputError) as raised:
        tabulate_scans(IMAGES, *study, settings(labels={"a": {"column": "Gender", "classes": {"CN": 0, "AD": 1}}}))
    said = "no scan is left of 6; the commonest reason (3 times): Gender is 'M', none of this label's classes (CN, AD)"
    assert str(raised.value) == said
