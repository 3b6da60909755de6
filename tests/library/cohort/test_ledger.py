import pandas as pd
import pytest

from voxplain.cohort.images import Scan
from voxplain.cohort.joined import OURS, scan_table
from voxplain.cohort.ledger import COLUMNS, make_ledger, used_scans
from voxplain.errors import InputError


def scan(source_id, stage="", reason="", **more):
    labels = {} if stage else {"sex": int(source_id) % 2}
    return Scan(
        f"sub-{source_id}", source_id, archive=f"a/{source_id}.zip", stage=stage, reason=reason, labels=labels, **more
    )


def status(source_id, name="affine", stage=None, reason=None, **measures):
    about = {"scan": f"sub-{source_id}", "input": name, "accepted": stage is None}
    return about | {"stage": stage, "reason": reason, "measures": measures}


def verdicts(ledger):
    return {row.scan: (row.status, row.stage, row.reason) for row in ledger.itertuples()}


def test_every_scan_found_or_named_has_one_row():
    scans = [scan("1"), scan("2", "table", "no Gender"), scan("3"), scan("4", "selection", "a repeat"), scan("5")]
    ledger = make_ledger(scans, [status("1"), status("3", stage="extract", reason="no member")])
    assert verdicts(ledger) == {
        "sub-1": ("used", "", ""),
        "sub-2": ("excluded", "table", "no Gender"),
        "sub-3": ("excluded", "extract", "no member"),
        "sub-4": ("excluded", "selection", "a repeat"),
        "sub-5": ("excluded", "prepare", "no status file"),
    }
    assert ledger.columns.tolist() == COLUMNS
    assert ledger["labels"].tolist() == ["sex", "", "sex", "", "sex"]


def test_a_repeat_does_not_take_the_verdict_of_the_scan_that_is_used():
    ledger = make_ledger([scan("1"), scan("1", "selection", "a repeat", image_id="I2")], [status("1")])
    assert ledger["status"].tolist() == ["used", "excluded"]
    assert used_scans(ledger) == ["sub-1"]


def test_what_was_mended_in_a_used_scan_is_noted_once():
    mended = {"notes": ["NaN background set to 0 (9 voxels)"]}
    statuses = [status("1") | mended, status("1", "syn") | {"notes": [*mended["notes"], "mask: 4-D with one volume"]}]
    ledger = make_ledger([scan("1"), scan("2")], [*statuses, status("2", stage="prepare", reason="no") | mended])
    assert ledger["notes"].tolist() == ["NaN background set to 0 (9 voxels); mask: 4-D with one volume", ""]


def test_a_scan_that_one_input_refuses_leaves_the_study():
    statuses = [status("1"), status("1", "syn", stage="prepare", reason="correlation .3"), status("2")]
    ledger = make_ledger([scan("1"), scan("2")], [*statuses, status("2", "syn")])
    assert verdicts(ledger)["sub-1"] == ("excluded", "prepare", "correlation .3")
    assert used_scans(ledger) == ["sub-2"]


def test_a_scan_that_somebody_rated_out_leaves_at_the_last_stage():
    statuses = [status("1"), status("2", stage="prepare", reason="correlation .3"), status("3")]
    ledger = make_ledger([scan("1"), scan("2"), scan("3")], statuses, {"sub-1": "moved", "sub-2": "moved"})
    assert verdicts(ledger) == {
        "sub-1": ("excluded", "quality", "moved"),
        "sub-2": ("excluded", "prepare", "correlation .3"),
        "sub-3": ("used", "", ""),
    }


def test_nothing_left_names_the_commonest_reason():
    statuses = [status(name, stage="archive", reason=f"{name}.zip: empty") for name in ("11", "12")]
    ledger = make_ledger([scan("11"), scan("12"), scan("13")], statuses)
    with pytest.raises(InputError) as raised:
        used_scans(ledger)
    assert str(raised.value) == "no scan is left of 3; the commonest reason (2 times): <file>: empty"


def test_the_scan_table_holds_labels_covariates_and_measures_of_each_input():
    scans = [scan("1", cells={"Gender": "F", "date": "old"}), scan("2", cells={"Gender": "M", "date": "new"})]
    measured = {"brain_volume_ml": 1500.0, "scale": 1.1}
    statuses = [status("1", "affine", **measured), status("1", "syn", **measured | {"scale": 1.2}), status("2")]
    table = scan_table(scans, statuses, ["sub-1", "sub-2"])
    assert table.columns.tolist() == [
        *OURS, "label_sex", "Gender", "date_text", "brain_volume_ml", "scale_affine", "scale_syn",
    ]  # fmt: skip
    assert table["label_sex"].tolist() == [1, 0] and str(table["label_sex"].dtype) == "Int64"
    assert table.loc[0, ["brain_volume_ml", "scale_affine", "scale_syn"]].tolist() == [1500.0, 1.1, 1.2]
    assert table.loc[1, ["brain_volume_ml", "scale_affine"]].isna().all()


def test_a_scan_without_a_class_in_one_label_has_an_empty_cell_there(tmp_path):
    scans = [scan("1"), Scan("sub-2", "2", labels={"age": 31.5, "sex": 0})]
    table = scan_table(scans, [status("1"), status("2")], ["sub-1", "sub-2"])
    table.to_csv(tmp_path / "scans.tsv", sep="\t", index=False)
    read = pd.read_csv(tmp_path / "scans.tsv", sep="\t")
    assert read["label_sex"].tolist() == [1, 0]
    assert read["label_age"].isna().tolist() == [True, False] and read["label_age"][1] == 31.5
