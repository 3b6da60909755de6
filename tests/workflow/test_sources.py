"""Studies of ADNI and of a BIDS dataset, from what was downloaded to tables of scans and folds."""

import json
import os

import pytest

from tests.workflow import made_inputs as made
from tests.workflow.checkout import Checkout
from tests.workflow.tabulated import run, table, tables

pytestmark = pytest.mark.xdist_group("sources")

ADNI_IMAGES = [
    ("011_S_0003", "I101", "2005-09-01", 0),
    ("011_S_0003", "I102", "2006-09-08", 1),
    ("022_S_0005", "I104", "2005-10-11", 2),
    ("022_S_0005", "I103", "2005-10-11", 2),
    ("033_S_0021", "I105", "2005-11-02", 3),
    ("033_S_0021", "I106", "2006-11-21", 4),
    ("033_S_0022", "I109", "2005-11-02", 6),
    ("123_S_0045", "I110", "2005-11-02", 7),
    ("067_S_0077", "I107", "2005-12-01", 5),
    ("099_S_0001", "I108", "2005-12-01", 5),
]
ADNI_SERIES = [("123_S_0044", "I777", "2006-03-01", 5)]
ADNI_GROUPS = {"011_S_0003": "AD", "022_S_0005": "AD", "033_S_0022": "AD", "067_S_0077": "Phantom"}
BIDS_IMAGES = [("01", "base", 0), ("01", "later", 1), ("02", "base", 2), ("03", "base", 3), ("05", "base", 4)]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    return Checkout(tmp_path_factory.mktemp("sources"))


@pytest.fixture(scope="module")
def download(checkout):
    """Five subjects' scans in a zip, two of them at two visits and one twice at one; a sixth as DICOM slices."""
    made.write_adni(checkout.folder / "my download", ADNI_IMAGES, ADNI_SERIES)
    rows = [
        made.adni_row(ptid, image, ADNI_GROUPS.get(ptid, "CN"), "m12" if day > "2006-09" else "sc", day)
        for ptid, image, day, _ in [*ADNI_IMAGES, *ADNI_SERIES]
    ]
    rows.append(made.adni_row("005_S_0010", "I999", "CN", "sc", "2005-10-10"))
    made.write_table(checkout.folder / "collection.csv", made.COLLECTION, rows)
    (checkout.folder / "left_out.txt").write_text("099_S_0001\tmoved in the scanner\n")
    return {
        "source": "adni",
        "archives": "my download",
        "table": "collection.csv",
        "labels": {"dx": {"column": "Group", "classes": {"Dementia": 1, "Normal": 0}, "vocabulary": "adni"}},
        "leave_out": "left_out.txt",
    }


@pytest.fixture(scope="module")
def adni(checkout, download):
    made.write_study(
        checkout.folder,
        "adni",
        cohort=download | {"visits": {"train": "all", "judge": "baseline"}},
        inputs={"affine": {"strip": "ants", "transform": "none"}},
    )
    return run(checkout, "adni", "dx")


def test_adnis_scans_are_told_apart_by_visit_with_their_site_class_and_use(adni):
    scans = table(adni / "cohort" / "scans.tsv").set_index("scan")
    assert scans[["session", "image_id", "site", "label_dx", "train", "judge"]].to_dict("index") == {
        f"sub-{subject}_ses-{session}": {
            "session": session,
            "image_id": image,
            "site": site,
            "label_dx": label,
            "train": "True",
            "judge": judge,
        }
        for subject, session, image, site, label, judge in [
            ("011S0003", "m12", "I102", "011", "1", "False"),
            ("011S0003", "sc", "I101", "011", "1", "True"),
            ("022S0005", "sc", "I103", "022", "1", "True"),
            ("033S0021", "m12", "I106", "033", "0", "False"),
            ("033S0021", "sc", "I105", "033", "0", "True"),
            ("033S0022", "sc", "I109", "033", "1", "True"),
            ("123S0044", "sc", "I777", "123", "0", "True"),
            ("123S0045", "sc", "I110", "123", "0", "True"),
        ]
    }
    assert scans.loc["sub-011S0003_ses-m12", "source_id"] == "011_S_0003"
    assert scans.loc["sub-011S0003_ses-m12", ["Sex", "Age"]].tolist() == ["F", "74"]


def test_the_ledger_says_of_every_image_and_row_of_adni_what_became_of_it(adni):
    ledger = table(adni / "cohort" / "ledger.tsv").set_index("image_id")
    used = {"I101", "I102", "I103", "I105", "I106", "I109", "I110", "I777"}
    assert set(ledger.index[ledger["status"] == "used"]) == used
    left_out = ledger.loc[ledger["status"] == "excluded", ["stage", "reason"]]
    assert left_out.loc["I104"].tolist() == [
        "selection",
        "a repeat of its visit; I103 is used (cohort.repeats: first)",
    ]
    assert left_out.loc["I107", "stage"] == "table" and "'Phantom'" in left_out.loc["I107", "reason"]
    assert left_out.loc["I108"].tolist() == ["settings", "moved in the scanner"]
    assert left_out.loc["I999"].tolist() == ["archive", "no file of image I999 in my download"]
    assert len(ledger) == len(used) + 4


def test_no_subject_of_adni_is_in_two_folds_and_only_baseline_visits_are_judged(adni):
    folds = table(adni / "cohort" / "label-dx_folds.tsv")
    assert (folds.groupby(["split", "subject"])["role"].nunique() == 1).all()
    tests = folds[folds["role"] == "test"]
    subjects = {"011S0003", "022S0005", "033S0021", "033S0022", "123S0044", "123S0045"}
    assert sorted(tests["scan"]) == sorted(f"sub-{subject}_ses-sc" for subject in subjects)
    assert set(folds.loc[folds["role"] == "train", "scan"]) >= {"sub-011S0003_ses-m12", "sub-033S0021_ses-m12"}


def test_a_dicom_series_is_converted_and_a_nifti_file_taken_out_of_its_zip(adni):
    statuses = {
        path.name.split("_")[0]: json.loads(path.read_text()) for path in adni.rglob("*desc-source_status.json")
    }
    series, nifti = statuses["sub-123S0044"], statuses["sub-022S0005"]
    assert series["sources"]["T1w"]["slices"] == 39
    assert series["files"] == {"T1w": "sub-123S0044_ses-sc_desc-source_T1w.nii.gz"}
    assert nifti["sources"]["T1w"]["member"].endswith("_I103.nii")
    assert nifti["files"] == {"T1w": "sub-022S0005_ses-sc_desc-source_T1w.nii"}


@pytest.mark.slow
def test_adni_is_trained_on_judged_by_subject_and_reported(checkout, download):
    made.write_study(
        checkout.folder,
        "trained",
        cohort=download,
        inputs={"affine": {"strip": "ants", "transform": "none"}},
        methods=[{"name": "gradient", "method": "gradient", "target": 1}],
        training={"epochs": 1, "batch": 2},
        sanity={"scans_per_split": 1, "untrained_per_split": 1, "draws": 2, "bootstrap": 20},
    )
    checkout.snakemake(config="trained.yaml")
    results = checkout.folder / "results" / "trained"
    scores = table(results / "predict" / "one" / "scores.tsv")
    counts = scores[scores["split"] == "all"].drop_duplicates("model").set_index("model")["n"]
    assert counts[["network", "network_by_subject"]].tolist() == ["8", "6"]
    assert "by subject" in (results / "report" / "training.html").read_text()


@pytest.fixture(scope="module")
def bids(checkout):
    """Five subjects, one with two sessions; one image is a link to nothing, one subject has no row."""
    root = checkout.folder / "dataset"
    made.write_bids(root, BIDS_IMAGES)
    lost = root / "sub-04" / "ses-base" / "anat" / "sub-04_ses-base_T1w.nii.gz"
    lost.parent.mkdir(parents=True)
    lost.symlink_to("../../../.git/annex/objects/nothing")
    made.write_table(
        root / "participants.tsv",
        ["participant_id", "sex", "group"],
        [[f"sub-{number}", "F", group] for number, group in zip(["01", "02", "03", "04"], "paca", strict=True)],
        "\t",
    )
    made.write_table(
        root / "sub-01" / "sub-01_sessions.tsv",
        ["session_id", "group", "acq_time"],
        [["ses-base", "p", "2019-01-01"], ["ses-later", "c", "2020-01-01"]],
        "\t",
    )
    made.write_study(
        checkout.folder,
        "bids",
        cohort={
            "source": "bids",
            "archives": "dataset",
            "labels": {"group": {"column": "group", "classes": {"p": 1, "a": 1, "c": 0}}},
        },
    )
    return run(checkout, "bids")


def test_a_bids_datasets_sessions_have_the_cells_of_their_own_table(bids):
    scans = table(bids / "cohort" / "scans.tsv").set_index("scan")
    assert scans[["label_group", "date", "sex"]].to_dict("index") == {
        "sub-01_ses-base": {"label_group": "1", "date": "2019-01-01", "sex": "F"},
        "sub-01_ses-later": {"label_group": "0", "date": "2020-01-01", "sex": "F"},
        "sub-02_ses-base": {"label_group": "1", "date": "", "sex": "F"},
        "sub-03_ses-base": {"label_group": "0", "date": "", "sex": "F"},
    }


def test_a_link_to_nothing_and_an_image_without_a_row_are_in_the_ledger(bids):
    ledger = table(bids / "cohort" / "ledger.tsv").set_index("source_id")
    assert ledger.loc["04", "stage"] == "archive" and "a link to nothing" in ledger.loc["04", "reason"]
    assert ledger.loc["05", ["stage", "reason"]].tolist() == ["table", "no row in the table"]


def test_a_bids_datasets_files_are_used_where_they_lie(bids, checkout):
    root = str(checkout.folder / "dataset")
    for path in bids.rglob("*desc-source_status.json"):
        status = json.loads(path.read_text())
        assert set(status["files"]) == {"T1w", "mask"}
        assert all(os.path.commonpath([file, root]) == root for file in status["files"].values())
    assert not list(bids.rglob("*desc-source*.nii*"))


def test_another_cell_in_a_table_of_sessions_is_seen(bids, checkout):
    path = checkout.folder / "dataset" / "sub-01" / "sub-01_sessions.tsv"
    content = path.read_bytes()
    path.write_bytes(content.replace(b"2019-01-01", b"2019-01-02"))
    try:
        planned = checkout.planned("results/bids/cohort/scans.tsv", config="bids.yaml")
        assert planned == {"tabulate_scans": 1}
    finally:
        path.write_bytes(content)


@pytest.mark.parametrize(("study", "labels"), [("adni", ["dx"]), ("bids", [])])
def test_a_study_that_was_tabulated_has_nothing_to_do(study, labels, adni, bids, checkout):
    assert checkout.planned(*tables(study, *labels), config=f"{study}.yaml") == {}
