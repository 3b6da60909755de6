"""A study on HCP's own layouts in which some archives are broken: each is named, the others go on."""

import json
import shutil

import pandas as pd
import pytest

from tests.workflow import made_inputs as made
from tests.workflow.checkout import Checkout

pytestmark = pytest.mark.xdist_group("archives")

SCANS = "results/mine/cohort/scans.tsv"
ONE_SCAN = {"extract_scan": 1, "prepare_scan": 1, "tabulate_scans": 1}
PACKAGE = "{}_3T_Structural_preproc.zip"
# How each subject's files lie: HCP's ids, six digits.
WHOLE, UNPACKED, NESTED, CHECKED = "100307", "100408", "101107", "101309"
TRUNCATED, WITHOUT, ABSENT, WRONG_MD5, LATER = "101410", "101915", "102008", "102311", "102513"
USED = [WHOLE, UNPACKED, NESTED, CHECKED]


def write_subjects(folder, later):
    """Everybody's files in ``folder``, but for the subject who has none, and one whose archive lies in ``later``."""
    for number, source_id in enumerate([*USED, TRUNCATED, WITHOUT, WRONG_MD5, LATER]):
        structural, extended = made.hcp_members(source_id, number)
        package = folder / PACKAGE.format(source_id)
        if source_id == UNPACKED:
            for name, content in structural.items():
                made.write(folder / name, content)
            made.write_zip(folder / f"{source_id}_3T_Structural_preproc_extended.zip", extended)
        elif source_id == NESTED:
            inner = made.write_zip(later / "inner.zip", structural | extended)
            made.write_zip(folder / f"{source_id}.zip", {package.name: inner.read_bytes()})
        elif source_id == WITHOUT:
            made.write_zip(package, {f"{source_id}/T1w/something_else.nii.gz": b"", **extended})
        else:
            made.write_zip((later if source_id == LATER else folder) / package.name, structural | extended)
    truncated = folder / PACKAGE.format(TRUNCATED)
    truncated.write_bytes(truncated.read_bytes()[:4000])
    made.write_md5(folder / PACKAGE.format(CHECKED))
    (folder / (PACKAGE.format(WRONG_MD5) + ".md5")).write_text("0" * 32 + "\n")


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """Nine people's archives in the user's folder: three are broken, one is absent, one comes later."""
    checkout = Checkout(tmp_path_factory.mktemp("archives"))
    write_subjects(checkout.folder / "mine", checkout.folder / "kept")
    rows = [[source_id, "FM"[number % 2], "26-30"] for number, source_id in enumerate([*USED, TRUNCATED, WITHOUT])]
    rows += [[source_id, "F", "31-35"] for source_id in (ABSENT, WRONG_MD5, LATER)]
    made.write_table(checkout.folder / "unrestricted.csv", ["Subject", "Gender", "Age"], rows)
    made.write_study(
        checkout.folder,
        "mine",
        cohort={
            "source": "hcp",
            "archives": "mine",
            "table": "unrestricted.csv",
            "members": {"segmentations": {"aparc": "T1w/aparc+aseg.nii.gz"}},
        },
    )
    checkout.snakemake(SCANS, config="mine.yaml")
    return checkout


def table(path):
    return pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False).set_index("source_id")


def planned(checkout):
    return checkout.planned(SCANS, config="mine.yaml")


@pytest.fixture
def archive(checkout):
    """The file of a name in the user's folder, to be changed or added; it is as it was afterwards."""
    kept = {}

    def archive(name):
        path = checkout.folder / "mine" / name
        kept[path] = path.read_bytes() if path.exists() else None
        return path

    yield archive
    for path, content in kept.items():
        path.unlink() if content is None else path.write_bytes(content)


def test_each_broken_archive_is_named_with_its_reason_and_the_others_go_on(checkout):
    ledger = table(checkout.folder / "results/mine/cohort/ledger.tsv")
    excluded = ledger[ledger["status"] == "excluded"]
    assert set(excluded.index) == {TRUNCATED, WITHOUT, ABSENT, WRONG_MD5, LATER}
    assert "cut short" in ledger.loc[TRUNCATED, "reason"]
    assert "T1w_acpc_dc_restore.nii.gz" in ledger.loc[WITHOUT, "reason"]
    assert "archive" in ledger.loc[ABSENT, "reason"]
    assert "its MD5 is" in ledger.loc[WRONG_MD5, "reason"] and ledger.loc[WRONG_MD5, "stage"] == "archive"
    assert sorted(table(checkout.folder / SCANS).index) == sorted(USED)


def test_an_unpacked_folder_and_an_extended_archive_together_are_one_subject(checkout):
    anat = checkout.folder / "results/mine/volumes" / f"sub-{UNPACKED}" / "anat"
    files = json.loads((anat / f"sub-{UNPACKED}_desc-source_status.json").read_text())["files"]
    assert files["T1w"] == str(checkout.folder / "mine" / UNPACKED / "T1w" / "T1w_acpc_dc_restore.nii.gz")
    assert files["aparc"] == f"sub-{UNPACKED}_seg-aparc_desc-source_dseg.nii.gz"
    assert (anat / files["aparc"]).is_file()


def test_adding_one_archive_prepares_one_scan(checkout, archive):
    shutil.copy2(checkout.folder / "kept" / PACKAGE.format(LATER), archive(PACKAGE.format(LATER)))
    assert planned(checkout) == ONE_SCAN


def test_touching_an_archive_reruns_nothing(checkout):
    for path in (checkout.folder / "mine").iterdir():
        path.touch()
    assert planned(checkout) == {}


def test_a_changed_archive_is_read_again(checkout, archive):
    made.write_zip(archive(PACKAGE.format(WITHOUT)), {"another.txt": b"longer than before"})
    assert planned(checkout) == ONE_SCAN


@pytest.mark.parametrize("ending", [".md5", "_other"])
def test_a_changed_md5_or_extended_archive_is_read_again(checkout, archive, ending):
    if ending == ".md5":
        archive(PACKAGE.format(CHECKED) + ".md5").write_text("1" * 32)
    else:
        name = f"{UNPACKED}_3T_Structural_preproc_extended.zip"
        made.write_zip(archive(name), {f"{UNPACKED}/T1w/aparc+aseg.nii.gz": made.tissues(7)})
    assert planned(checkout) == ONE_SCAN


def test_a_folder_without_archives_stops_the_run_with_one_line(checkout):
    (checkout.folder / "empty").mkdir(exist_ok=True)
    said = checkout.snakemake("-n", "--config", "cohort={'archives': 'empty'}", config="mine.yaml", check=False)
    assert [line for line in said.splitlines() if line.startswith("no ")] == [
        'no *.zip and no folder of a subject in "empty"; set cohort.archives to the folder of the archives'
    ]
    assert "Traceback" not in said
