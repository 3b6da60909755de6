"""The four studies of docs/your_study.md, as they stand there, asked what they would use of made stand-ins."""

import csv
import shlex

import pytest
import yaml

from tests.conventions.documents import blocks
from tests.workflow import made_inputs as made
from tests.workflow.checkout import Checkout

pytestmark = pytest.mark.xdist_group("documented_study")

PAGE = [block for language in ("csv", "yaml", "bash") for block in blocks(language) if "your_study" in block.document]
STUDIES = {yaml.safe_load(one.text)["cohort"]["source"]: one.text for one in PAGE if one.language == "yaml"}
SAID = {"table": "control 4, patient 4", "bids": "control 4, patient 4", "hcp": "F 4, M 4", "adni": "CN 4, AD 4"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A checkout with all that the page says one has: eight people, four of each class, in every layout."""
    checkout = Checkout(tmp_path_factory.mktemp("documented_study"))
    place = checkout.folder
    table = next(one.text for one in PAGE if one.language == "csv")
    (place / "scans.csv").write_text(table)
    for number, row in enumerate(csv.DictReader(table.splitlines())):
        made.write(place / row["path"], made.volume(number))
    made.write_bids(place / "dataset", [(f"{number:02d}", "base", number) for number in range(8)])
    people = [[f"sub-{number:02d}", ("control", "patient")[number % 2], 60 + number, "F"] for number in range(8)]
    made.write_table(place / "dataset/participants.tsv", ["participant_id", "group", "age", "sex"], people, "\t")
    ids = [str(100307 + number) for number in range(8)]
    for number, source_id in enumerate(ids):
        made.write_zip(place / f"hcp/{source_id}_3T_Structural_preproc.zip", made.hcp_members(source_id, number)[0])
    rows = [[source_id, "FM"[number % 2], "26-30", "S500"] for number, source_id in enumerate(ids)]
    made.write_table(place / "unrestricted.csv", ["Subject", "Gender", "Age", "Release"], rows)
    images = [(f"011_S_000{number}", f"I10{number}", "2005-09-01", number) for number in range(8)]
    made.write_adni(place / "ADNI_download", images)
    rows = [made.adni_row(ptid, image, ("CN", "AD")[number % 2], "sc", day) for ptid, image, day, number in images]
    made.write_table(place / "collection.csv", made.COLLECTION, rows)
    return checkout


@pytest.mark.parametrize("source", ["table", *(pytest.param(one, marks=pytest.mark.slow) for one in list(SAID)[1:])])
def test_a_study_is_checked_by_the_page_s_own_settings_and_command(folder, source):
    (folder.folder / "my_study.yaml").write_text(STUDIES[source])
    command = next(shlex.split(one.text) for one in PAGE if one.mark.startswith("run"))
    said = folder.snakemake(*command[1:], config=None)
    assert "8 would be used, 0 would not" in said
    assert SAID[source] in said


@pytest.mark.slow
def test_a_dry_run_of_paths_beside_the_table_says_nothing_against_them(folder):
    (folder.folder / "my_study.yaml").write_text(STUDIES["table"])
    said = folder.snakemake("-n", "--quiet", "rules", "--configfile", "my_study.yaml", config=None)
    assert "extract_scan" in said and "Relative file path" not in said
