import numpy as np
import pandas as pd
import pytest

from tests.library.report.made_results import SETTINGS, write_table
from voxplain.cohort.balance import balance_table
from voxplain.cohort.dealing.schemes import k_folds
from voxplain.report import balance, cohort
from voxplain.report.blocks import Figure, Heading, Table, Text
from voxplain.report.results import Results


@pytest.fixture
def study(tmp_path):
    """A made study of 40 subjects whose class 1 is older; ``make`` writes its files under changed settings."""

    def make(families=False, folds=None, source="hcp", label=None, **columns):
        generator = np.random.default_rng(2)
        names = [f"sub-{number:02d}" for number in range(40)]
        classes = np.arange(40) % 2
        age = 60 + 6 * classes + generator.normal(0, 3, 40)
        scans = pd.DataFrame({"scan": names, "subject": names, "label": classes if label is None else label(age)})
        scans["group"] = [f"sub-{number // 4:02d}" for number in range(40)] if families else names
        dealt = k_folds(scans, 4, 1, 1, 0.2)
        table = scans.assign(Age=age.round(2).astype(str), site=["A", "B"] * 20, **columns).astype(str)
        write_table(tmp_path / "cohort/label-sex_folds.tsv", dealt)
        write_table(tmp_path / "cohort/label-sex_balance.tsv", balance_table(dealt, table, ["Age"], label is not None))
        write_table(tmp_path / "cohort/scans.tsv", table.assign(label_sex=scans["label"]))
        settings = SETTINGS | {"cohort": SETTINGS["cohort"] | {"source": source}}
        settings["folds"] = settings["folds"] | (folds or {})
        if label is not None:
            settings["cohort"]["labels"] = {"sex": {"column": "Age", "regression": True}}
        return Results(tmp_path, settings)

    return make


def texts(blocks):
    return " ".join(block.text for block in blocks if isinstance(block, Text))


def test_each_label_has_its_folds_once_with_a_picture_and_the_sizes(study):
    blocks = balance.blocks(study())
    assert [block.text for block in blocks if isinstance(block, Heading)] == ["Folds of sex"]
    table = next(block for block in blocks if isinstance(block, Table))
    assert [row[0] for row in table.rows] == ["r1f1", "r1f2", "r1f3", "r1f4"]
    assert table.rows[0][3] == "10 scans: 5, 5"
    picture = next(block for block in blocks if isinstance(block, Figure))
    assert "standard deviations" in picture.caption and "training parts: M against F" in picture.caption


def test_the_largest_difference_is_found(study):
    blocks = balance.blocks(study())
    # Site A has all of one class: undefined, so the age that was made to differ by two standard deviations comes first.
    caption = next(block.caption for block in blocks if isinstance(block, Figure))
    assert "that of Age in r1f" in caption


def test_without_a_family_column_the_reader_is_told_that_relatives_may_cross_folds(study):
    assert "relatives may cross folds" in texts(balance.blocks(study()))
    assert "relatives may cross folds" not in texts(balance.blocks(study(source="adni")))
    assert "relatives may cross folds" not in texts(balance.blocks(study(Family_ID="")))
    assert "relatives may cross folds" not in texts(balance.blocks(study(folds={"group_by": []})))


def test_families_that_are_held_together_are_counted(study):
    told = texts(balance.blocks(study(families=True, folds={"group_by": ["Family_ID"]})))
    assert "40 subjects make 10 groups by Family_ID; no group is in two roles of a split." in told


def test_how_the_folds_were_dealt_is_told(study):
    folds = {"scheme": "leave_one_site_out", "match": {"Age": 2, "Gender": "exact"}, "stratify_by": ["Age"]}
    told = texts(balance.blocks(study(folds=folds)))
    assert "4 splits: each site is held out once; parts have Age in common" in told
    assert "classes are matched by the same Gender and Age within 2." in told


def test_a_regression_has_no_classes_to_compare(study):
    results = study(label=lambda age: age)
    blocks = balance.blocks(results)
    caption = next(block.caption for block in blocks if isinstance(block, Figure))
    assert "held-out parts against training parts" in caption
    assert next(block for block in blocks if isinstance(block, Table)).rows[0][3] == "10 scans"
    write_table(results.folder / "cohort/ledger.tsv", [
        {"scan": one, "source_id": one, "image_id": "", "visit": "", "archive": "", "status": "used", "stage": "",
         "reason": ""} for one in results.table("cohort/scans.tsv")["scan"]
    ])  # fmt: skip
    section = cohort.section(results)
    assert "40 scans found, 40 used; none left out." in repr(section)
    assert "Class" not in repr([block for block in section.blocks if isinstance(block, Table)][0].columns)
