import pytest

from voxplain.cohort.dealing.matched import matched_scans, whole_sets, without_broken_sets
from voxplain.cohort.images import Scan
from voxplain.cohort.ledger import make_ledger
from voxplain.cohort.tables.labels import Label
from voxplain.errors import SettingsError

DIAGNOSIS = Label("diagnosis", {"column": "Group", "classes": {"CN": 0, "AD": 1}})


def scan(name, one, age, visit="", **more):
    labels = {} if one is None else {"diagnosis": one}
    whole = f"sub-{name}_ses-{visit}" if visit else f"sub-{name}"
    return Scan(whole, name, session=visit, labels=labels, cells={"AGE": age}, **more)


@pytest.fixture
def people():
    told = [("a", 0, "70"), ("b", 0, "80"), ("c", 0, "60"), ("d", 1, "71"), ("e", 1, "79"), ("f", 1, "")]
    return [scan(*one) for one in told]


def stages(scans):
    return {scan.source_id: scan.stage for scan in scans}


def test_who_has_no_match_is_left_out_and_told_why(people):
    found = matched_scans(people, [DIAGNOSIS], {"Age": 2}, 1)
    assert stages(found) == {"a": "", "b": "", "c": "matching", "d": "", "e": "", "f": "matching"}
    reasons = {scan.source_id: scan.reason for scan in found if scan.stage}
    assert reasons == {
        "c": "label diagnosis: no match with Age within 2 (folds.match)",
        "f": "label diagnosis: no Age to match by (folds.match)",
    }
    assert set(found[0].matched["diagnosis"]) == {"sub-a", "sub-d"}


def test_a_scan_that_another_label_uses_stays_and_the_ledger_notes_the_loss(people):
    people[2].labels["sex"] = 1
    found = matched_scans(people, [DIAGNOSIS], {"Age": 2}, 1)
    assert found[2].stage == "" and found[2].labels == {"sex": 1}
    statuses = [{"scan": one.scan, "accepted": True, "stage": None, "reason": None} for one in found]
    ledger = make_ledger(found, statuses).set_index("source_id")
    assert ledger.loc["c", "status"] == "used"
    assert ledger.loc["c", "notes"] == "label diagnosis: no match with Age within 2 (folds.match)"
    assert ledger.loc["f", "stage"] == "matching"


def test_all_visits_of_a_subject_are_matched_by_the_first():
    scans = [scan("a", 0, "70", "1"), scan("a", 0, "76", "2"), scan("d", 1, "71", "1"), scan("d", 1, "99", "2")]
    assert set(stages(matched_scans(scans, [DIAGNOSIS], {"Age": 2}, 1)).values()) == {""}


def test_the_match_of_a_scan_that_is_left_out_later_loses_its_class(people):
    matched = matched_scans(people, [DIAGNOSIS], {"Age": 2}, 1)
    found = {scan.source_id: scan for scan in without_broken_sets(matched, {"sub-e"})}
    assert (found["b"].stage, found["b"].reason) == (
        "matching", "label diagnosis: its match sub-e was left out (folds.match)",
    )  # fmt: skip
    assert found["a"].stage == found["d"].stage == found["e"].stage == ""


def test_rows_of_a_broken_set_are_dropped_and_rows_without_sets_are_not():
    rows = [
        {"subject": "sub-a", "matched": ["sub-a", "sub-d"]},
        {"subject": "sub-b", "matched": ["sub-b", "sub-e"]},
        {"subject": "sub-d", "matched": ["sub-a", "sub-d"]},
        {"subject": "sub-g"},
    ]
    assert [row["subject"] for row in whole_sets(rows)] == ["sub-a", "sub-d", "sub-g"]


@pytest.mark.parametrize(
    ("label", "wanted", "said"),
    [
        (Label("age", {"column": "Age", "regression": True}), {"Sex": "exact"}, "what the study tells is a number"),
        (DIAGNOSIS, {"Group": "exact"}, "names Group, which label diagnosis tells"),
    ],
)
def test_a_match_that_cannot_be_is_refused(people, label, wanted, said):
    with pytest.raises(SettingsError, match=said):
        matched_scans(people, [label], wanted, 1)
