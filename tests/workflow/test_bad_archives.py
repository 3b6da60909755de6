"""A study on HCP's own layout in which some archives are broken: each is named, the others go on."""

import shutil
import zipfile
from pathlib import Path

import pandas as pd
import pytest
import yaml

from tests.workflow.checkout import Checkout

pytestmark = pytest.mark.xdist_group("archives")

SCANS = "results/mine/cohort/scans.tsv"


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """Twelve archives in a folder of the user's, of which three are broken; one subject has no archive."""
    checkout = Checkout(tmp_path_factory.mktemp("archives"))
    made = {"cohort": {"made": {"subjects": 12, "spacing": 6.0}}, "study": "small"}
    (checkout.folder / "made.yaml").write_text(yaml.safe_dump(made))
    checkout.snakemake("data/small/manifest.json", config="made.yaml")
    (checkout.folder / "kept").mkdir()
    mine = checkout.folder / "mine"
    (checkout.folder / "data" / "small" / "archives").rename(mine)
    archives = sorted(path for path in mine.iterdir() if path.name.endswith("_3T_Structural_preproc.zip"))
    truncated, without, absent, later = archives[:4]
    truncated.write_bytes(truncated.read_bytes()[:4000])
    with zipfile.ZipFile(without, "w") as archive:
        archive.writestr(f"{without.name[:6]}/T1w/something_else.nii.gz", b"")
    absent.unlink()
    later.rename(checkout.folder / "kept" / later.name)
    settings = {
        "study": "mine",
        "cohort": {"source": "hcp", "archives": "mine", "table": "data/small/behavioural.csv"},
        "template": {"spacing": 6.0, "margin": None},
        "folds": {"k": 2},
    }
    (checkout.folder / "mine.yaml").write_text(yaml.safe_dump(settings))
    checkout.bad = {"truncated": truncated.name[:6], "without": without.name[:6], "absent": absent.name[:6]}
    checkout.later = later.name
    checkout.snakemake(SCANS, config="mine.yaml")
    return checkout


def test_each_broken_archive_is_named_with_its_reason_and_the_others_go_on(checkout):
    ledger = pd.read_csv(checkout.folder / "results/mine/cohort/ledger.tsv", sep="\t", dtype=str).set_index("source_id")
    for source_id in checkout.bad.values():
        assert ledger.loc[source_id, "status"] == "excluded"
    assert "cut short" in ledger.loc[checkout.bad["truncated"], "reason"]
    assert "T1w_acpc_dc_restore.nii.gz" in ledger.loc[checkout.bad["without"], "reason"]
    assert "archive" in ledger.loc[checkout.bad["absent"], "reason"]
    scans = pd.read_csv(checkout.folder / SCANS, sep="\t", dtype={"source_id": str})
    assert len(scans) == 8
    assert not set(scans.source_id) & set(checkout.bad.values())


def test_adding_one_archive_prepares_one_scan(checkout):
    shutil.copy2(checkout.folder / "kept" / checkout.later, checkout.folder / "mine" / checkout.later)
    try:
        assert checkout.planned(SCANS, config="mine.yaml") == {
            "extract_scan": 1,
            "prepare_scan": 1,
            "tabulate_scans": 1,
        }
    finally:
        (checkout.folder / "mine" / checkout.later).unlink()


def test_touching_an_archive_reruns_nothing(checkout):
    for archive in (checkout.folder / "mine").iterdir():
        archive.touch()
    assert checkout.planned(SCANS, config="mine.yaml") == {}


def test_a_changed_archive_is_read_again(checkout):
    archive = next(
        path for path in (checkout.folder / "mine").iterdir() if path.name.startswith(checkout.bad["without"])
    )
    content = archive.read_bytes()
    with zipfile.ZipFile(archive, "w") as changed:
        changed.writestr("another.txt", b"longer than before")
    try:
        assert checkout.planned(SCANS, config="mine.yaml") == {
            "extract_scan": 1,
            "prepare_scan": 1,
            "tabulate_scans": 1,
        }
    finally:
        archive.write_bytes(content)


def test_a_folder_without_archives_stops_the_run_with_one_line(checkout):
    Path(checkout.folder / "empty").mkdir(exist_ok=True)
    said = checkout.snakemake("-n", "--config", "cohort={'archives': 'empty'}", config="mine.yaml", check=False)
    assert [line for line in said.splitlines() if line.startswith("no ")] == [
        'no *.zip in the folder "empty"; set cohort.archives to the folder of the archives'
    ]
    assert "Traceback" not in said
