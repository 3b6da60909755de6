import pytest

from tests.library.cohort.study_settings import study
from voxplain.cohort.dealing.columns import told_of
from voxplain.cohort.images import Scan
from voxplain.cohort.planning import balanced_columns, planned_rows, planned_splits
from voxplain.errors import SettingsError

LABELS = {"group": {"column": "Group", "classes": {"CN": 0, "AD": 1}}}


def settings_of(source="adni", **folds):
    return study(
        {"one": {"input": "affine", "labels": "group"}}, folds, source=source, archives="a", table="b", labels=LABELS
    )


def scans(count=8, **more):
    return [
        Scan(
            f"sub-{number}", str(number), site=f"{number % 3:03d}", labels={"group": number % 2},
            cells={"Family ID": str(number // 2), "Age": str(60 + number)}, **more,
        )
        for number in range(count)
    ]  # fmt: skip


def test_splits_are_folds_and_repeats_unless_each_is_held_out_once():
    assert planned_splits(settings_of(k=2, repeats=2), scans(), "group") == ["r1f1", "r1f2", "r2f1", "r2f2"]
    each = planned_splits(settings_of(scheme="leave_one_out"), scans(), "group")
    assert each == [f"r1f{place}" for place in range(1, 9)]
    sites = planned_splits(settings_of(scheme="leave_one_site_out"), scans(), "group")
    assert sites == ["r1f1", "r1f2", "r1f3"]


def test_a_label_may_have_folds_of_its_own_beside_those_of_the_others():
    settings = settings_of(k=2, labels={"group": {"scheme": "hold_out", "hold_out": 1}})
    assert planned_splits(settings, scans(), "group") == ["r1f1"]
    assert planned_splits(settings, scans(), "another") == ["r1f1", "r1f2"]
    more = settings_of(k=2, labels={"group": {"repeats": 2}})
    assert planned_splits(more, scans(), "group") == ["r1f1", "r1f2", "r2f1", "r2f2"]


def test_families_are_held_out_together():
    settings = settings_of(scheme="leave_one_out", group_by=["Family_ID"])
    assert len(planned_splits(settings, scans(), "group")) == 4


def test_only_scans_with_a_value_in_the_label_and_a_visit_that_is_judged_are_held_out():
    settings = settings_of(scheme="leave_one_out")
    others = [Scan("sub-x", "x", labels={"sex": 1}), *scans(2, judge=False)]
    assert len(planned_splits(settings, [*scans()[2:], *others], "group")) == 6


def test_a_site_may_be_a_column_of_the_table():
    settings = settings_of(scheme="leave_one_site_out", site="Age")
    assert len(planned_splits(settings, scans(), "group")) == 8


def test_scans_without_a_site_are_named():
    with pytest.raises(SettingsError) as raised:
        planned_splits(settings_of(scheme="leave_one_site_out", site="Scanner"), scans(), "group")
    assert str(raised.value) == (
        "folds.scheme is leave_one_site_out, but 8 scans (sub-0, sub-1, sub-2) without a Scanner; set folds.site to "
        "the table's column, or leave them out"
    )


def test_the_cells_that_folds_go_by_are_planned_however_they_are_spelled():
    settings = settings_of(group_by=["family_id"], stratify_by=["age"])
    assert [row["by_family_id"] for row in planned_rows(settings, scans(4), "group")] == ["0", "0", "1", "1"]
    assert planned_rows(settings, scans(4), "group")[3]["by_age"] == "63"
    assert told_of(scans()[4], "site") == "001"


def test_hcps_families_are_grouped_by_without_being_asked_for():
    rows = planned_rows(settings_of(source="hcp"), scans(4), "group")
    assert [row["by_Family_ID"] for row in rows] == ["0", "0", "1", "1"]
    assert "by_Family_ID" not in planned_rows(settings_of(), scans(4), "group")[0]


def test_a_made_cohort_holds_each_subject_out_but_knows_no_site_yet():
    made = settings_of(source="made", scheme="leave_one_out")
    assert len(planned_splits(made, scans(), "group")) == 8
    with pytest.raises(SettingsError, match="^folds.scheme is leave_one_site_out, which needs the study's table"):
        planned_splits(settings_of(source="made", scheme="leave_one_site_out"), scans(), "group")


def test_folds_are_compared_in_covariates_and_in_what_they_go_by():
    settings = settings_of(stratify_by=["APOE4"], match={"Age": 2}, group_by=["Description"])
    settings["cohort"]["labels"]["sex"] = {"column": "Sex", "classes": {"F": 0, "M": 1}}
    assert balanced_columns(settings, "group") == ["Age", "Sex", "APOE4"]
    assert balanced_columns(settings, "sex") == ["Age", "APOE4", "Group"]
