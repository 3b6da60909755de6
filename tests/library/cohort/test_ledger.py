import pandas as pd
import pytest

from voxplain.cohort.joined import scan_table
from voxplain.cohort.ledger import make_ledger, used_scans
from voxplain.errors import InputError


def scan(source_id, *archives):
    return {
        "scan": f"sub-{source_id}",
        "subject": f"sub-{source_id}",
        "session": "",
        "source_id": source_id,
        "archives": list(archives or [f"a/{source_id}.zip"]),
    }


def status(source_id, name="affine", stage=None, reason=None, **measures):
    return {
        "scan": f"sub-{source_id}",
        "input": name,
        "accepted": stage is None,
        "stage": stage,
        "reason": reason,
        "measures": measures,
    }


def subjects(*ids):
    return pd.DataFrame({"source_id": ids, "label": [0] * len(ids), "Gender": ["F"] * len(ids)})


def verdicts(ledger):
    return {row.scan: (row.status, row.stage, row.reason) for row in ledger.itertuples()}


def test_every_scan_found_or_named_has_one_row():
    scans = [scan("1"), scan("2"), scan("3"), scan("4"), scan("5", "a/5_x.zip", "a/5_y.zip")]
    statuses = [status("1"), status("2"), status("3"), status("4", stage="extract", reason="no member")]
    statuses += [status("5", stage="archive", reason="2 archives")]
    ledger = make_ledger(scans, subjects("1", "4", "5", "6", "8"), [("2", "no Gender")], statuses, leave_out=[8])
    assert verdicts(ledger) == {
        "sub-1": ("used", "", ""),
        "sub-2": ("excluded", "table", "no Gender"),
        "sub-3": ("excluded", "table", "no row in the table"),
        "sub-4": ("excluded", "extract", "no member"),
        "sub-5": ("excluded", "archive", "2 archives"),
        "sub-6": ("excluded", "archive", "no archive whose name begins with 6"),
        "sub-8": ("excluded", "settings", "named in cohort.leave_out"),
    }
    assert ledger.columns.tolist() == ["scan", "source_id", "archive", "status", "stage", "reason"]
    assert ledger.set_index("scan").loc["sub-5", "archive"] == "a/5_x.zip a/5_y.zip"
    assert ledger.set_index("scan").loc["sub-6", "archive"] == ""


def test_a_scan_that_one_input_refuses_leaves_the_study():
    statuses = [status("1"), status("1", "syn", stage="registration", reason="correlation .3"), status("2")]
    ledger = make_ledger([scan("1"), scan("2")], subjects("1", "2"), [], [*statuses, status("2", "syn")])
    assert verdicts(ledger)["sub-1"] == ("excluded", "registration", "correlation .3")
    assert used_scans(ledger) == ["sub-2"]


def test_a_scan_without_a_status_is_not_used():
    ledger = make_ledger([scan("1")], subjects("1"), [], [])
    assert verdicts(ledger)["sub-1"] == ("excluded", "prepare", "no status file")


def test_nothing_left_names_the_commonest_reason():
    statuses = [status(name, stage="archive", reason=f"{name}.zip: empty") for name in ("11", "12")]
    ledger = make_ledger([scan("11"), scan("12"), scan("13")], subjects("11", "12"), [], statuses)
    with pytest.raises(InputError) as raised:
        used_scans(ledger)
    assert str(raised.value) == "no scan is left of 3; the commonest reason (2 times): <id>.zip: empty"


def test_measures_are_columns_of_their_input():
    measured = {"brain_volume_ml": 1500.0, "scale": 1.1}
    statuses = [status("1", "affine", **measured), status("1", "syn", **measured | {"scale": 1.2}), status("2")]
    table = scan_table([scan("1"), scan("2")], subjects("2", "1"), statuses, ["sub-1", "sub-2"])
    assert table.columns.tolist() == [
        *("scan", "subject", "session", "source_id", "archive", "label", "Gender"),
        *("brain_volume_ml", "scale_affine", "scale_syn"),
    ]
    assert table["scan"].tolist() == ["sub-1", "sub-2"]
    assert table.loc[0, ["brain_volume_ml", "scale_affine", "scale_syn"]].tolist() == [1500.0, 1.1, 1.2]
    assert table.loc[1, ["brain_volume_ml", "scale_affine"]].isna().all()
