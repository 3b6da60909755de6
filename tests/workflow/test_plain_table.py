"""A study of a plain table whose files have the oddest names, with two labels, and then with a split of its own."""

import pytest
import yaml

from tests.workflow import made_inputs as made
from tests.workflow.checkout import Checkout
from tests.workflow.tabulated import run, table, tables

pytestmark = pytest.mark.xdist_group("plain_table")

ODD = "my {data} 50%"
ODD_FILES = {
    "007": "b{race}s",
    "O'Brien 8": '"quo"ted\'',
    "9": "Größe_脳",
    "10": "$HOME;[a]*#&",
    "011": "plain",
    "12": "per%cent+",
}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    return Checkout(tmp_path_factory.mktemp("plain_table"))


@pytest.fixture(scope="module")
def odd(checkout):
    """Files whose names hold spaces, braces, quotes and letters of several scripts, found by a pattern of columns."""
    folder = checkout.folder / ODD
    rows = []
    for number, (subject, name) in enumerate(ODD_FILES.items()):
        made.write(folder / "of day 1" / subject.replace(" ", "") / f"v1_{name}.nii.gz", made.volume(number))
        made.write(folder / "masks & more" / f"{name} mask.nii.gz", made.brain(number))
        rows.append([subject, "v1", name, f"masks & more/{name} mask.nii.gz", "ab"[number % 2], "xy"[number // 3]])
    header = ["PTID", "visit", "File name", "Mask file", "Side", "Kind"]
    made.write_table(checkout.folder / "who is who.csv", header, rows)
    experiment = {"input": "affine", "network": {"name": "mrinet", "width": 2}}
    made.write_study(
        checkout.folder,
        "odd",
        cohort={
            "source": "table",
            "archives": ODD,
            "table": "who is who.csv",
            "columns": {"path": "of day 1/{PTID}/{visit}_{File name}.nii.gz", "mask": "Mask file"},
            "labels": {
                "side": {"column": "Side", "classes": {"a": 0, "b": 1}},
                "kind": {"column": "Kind", "classes": {"x": 0, "y": 1}},
            },
        },
        experiments={"of": experiment | {"labels": "kind"}, "to": experiment | {"labels": "side"}},
    )
    return run(checkout, "odd", "side", "kind")


def test_names_with_spaces_braces_quotes_and_any_letters_work_from_end_to_end(odd):
    scans = table(odd / "cohort" / "scans.tsv")
    assert scans["source_id"].tolist() == ["007", "011", "10", "12", "9", "O'Brien 8"]
    assert scans["scan"].tolist() == [f"sub-{subject}_ses-v1" for subject in ("007", "011", "10", "12", "9", "OBrien8")]
    assert {path.split("v1_")[1] for path in scans["archive"]} == {f"{name}.nii.gz" for name in ODD_FILES.values()}
    assert set(table(odd / "cohort" / "ledger.tsv")["status"]) == {"used"}
    assert len(table(odd / "cohort" / "label-side_folds.tsv")) == 18


def test_other_classes_of_one_label_leave_the_other_labels_folds_and_every_volume_alone(odd, checkout):
    settings = yaml.safe_load((checkout.folder / "odd.yaml").read_text())
    settings["cohort"]["labels"]["kind"]["classes"] = {"x": 1, "y": 0}
    (checkout.folder / "other.yaml").write_text(yaml.safe_dump(settings))
    planned = checkout.planned(*tables("odd", "side", "kind"), config="other.yaml")
    assert planned == {"tabulate_scans": 1, "make_folds": 1}


def test_a_study_that_was_tabulated_has_nothing_to_do(odd, checkout):
    assert checkout.planned(*tables("odd", "side", "kind"), config="odd.yaml") == {}


def test_a_given_split_is_every_labels(odd, checkout):
    settings = yaml.safe_load((checkout.folder / "odd.yaml").read_text())
    (checkout.folder / "train.txt").write_text("007\nO'Brien 8\n011\n12\n")
    (checkout.folder / "test.txt").write_text("9\n10\n")
    settings["folds"]["given"] = {"train": "train.txt", "test": "test.txt"}
    (checkout.folder / "given.yaml").write_text(yaml.safe_dump(settings))
    names = ("side", "kind")
    # The study keeps its name, so that nothing is prepared again; what follows in this file would find other folds.
    checkout.snakemake(*tables("odd", *names), config="given.yaml")
    for name in names:
        folds = table(checkout.folder / f"results/odd/cohort/label-{name}_folds.tsv")
        assert set(folds["split"]) == {"r1f1"}
        assert sorted(folds.loc[folds["role"] == "test", "scan"]) == ["sub-10_ses-v1", "sub-9_ses-v1"]
        assert folds["role"].value_counts().to_dict() == {"test": 2, "train": 2, "validation": 2}


def test_a_scan_rated_exclude_is_dealt_into_no_fold_and_nothing_is_prepared_again(odd, checkout):
    settings = yaml.safe_load((checkout.folder / "odd.yaml").read_text())
    (checkout.folder / "ratings.tsv").write_text("scan\trating\tcomment\nsub-011_ses-v1\texclude\tringing\n")
    settings["cohort"]["ratings"] = "ratings.tsv"
    (checkout.folder / "learn.txt").write_text("007\nO'Brien 8\n011\n12\n")
    (checkout.folder / "judge.txt").write_text("9\n10\n")
    settings["folds"]["given"] = {"train": "learn.txt", "test": "judge.txt"}
    (checkout.folder / "rated.yaml").write_text(yaml.safe_dump(settings))
    wanted = tables("odd", "side", "kind")
    assert checkout.planned(*wanted, config="rated.yaml") == {"tabulate_scans": 1, "make_folds": 2}
    checkout.snakemake(*wanted, config="rated.yaml")
    ledger = table(odd / "cohort" / "ledger.tsv").set_index("scan")
    assert ledger.loc["sub-011_ses-v1", ["status", "stage", "reason"]].tolist() == ["excluded", "quality", "ringing"]
    for name in ("side", "kind"):
        assert "sub-011_ses-v1" not in set(table(odd / "cohort" / f"label-{name}_folds.tsv")["scan"])
