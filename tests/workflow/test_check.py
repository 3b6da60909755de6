"""`snakemake check`: what a study would use and what not, before anything of it is extracted."""

import pytest

from tests.workflow import made_inputs as made
from tests.workflow.checkout import Checkout

pytestmark = pytest.mark.xdist_group("check")

PACKAGE = "{}_3T_Structural_preproc.zip"
WHOLE = ["100307", "100408", "101107", "101309"]
TRUNCATED, NOT_LISTED, ABSENT = "101410", "101915", "102008"


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """Six people's archives, one of them cut short; one person is in no row, and one row has no archive."""
    checkout = Checkout(tmp_path_factory.mktemp("check"))
    mine = checkout.folder / "mine"
    for number, source_id in enumerate([*WHOLE, TRUNCATED, NOT_LISTED]):
        structural, _ = made.hcp_members(source_id, number)
        made.write_zip(mine / PACKAGE.format(source_id), structural)
    truncated = mine / PACKAGE.format(TRUNCATED)
    truncated.write_bytes(truncated.read_bytes()[:4000])
    rows = [[source_id, "FM"[number % 2], "26-30"] for number, source_id in enumerate([*WHOLE, TRUNCATED, ABSENT])]
    made.write_table(checkout.folder / "unrestricted.csv", ["Subject", "Gender", "Age"], rows)
    made.write_study(checkout.folder, "mine", cohort={"source": "hcp", "archives": "mine", "table": "unrestricted.csv"})
    return checkout


def check(checkout):
    """What a user reads, without what Snakemake itself says."""
    said = checkout.snakemake("check", config="mine.yaml").splitlines()
    begin = max(number for number, line in enumerate(said) if line.startswith("study mine:"))
    return said[begin : said.index("every scan is in results/mine/cohort/check.tsv", begin)]


@pytest.fixture(scope="module")
def said(checkout):
    return check(checkout)


def test_the_check_says_what_would_be_used_and_what_not_and_why(said, checkout):
    assert said[0].startswith("study mine: 7 scans looked at in ")
    assert said[1] == "4 would be used, 3 would not"
    assert "  label sex: F 2, M 2" in said
    assert "  4 of 32 x 40 x 39 voxels of 6 x 6 x 6 mm" in said
    assert any(line.startswith("  1: no archive whose name begins with <id> (sub-") for line in said)
    assert any(line.startswith("  1: no row in the table (sub-") for line in said)
    assert any("cut short" in line for line in said)
    table = (checkout.folder / "results/mine/cohort/check.tsv").read_text()
    assert table.count("would be used") == 4 and table.count("would be excluded") == 3


def test_the_check_extracts_nothing(said, checkout):
    left = {str(path.relative_to(checkout.folder)) for path in (checkout.folder / "results").rglob("*.*")}
    assert left == {f"results/mine/cohort/check.{ending}" for ending in ("txt", "tsv")}


def test_the_logs_of_the_check_name_nobody(said, checkout):
    logs = [path.read_text() for path in (checkout.folder / "logs/mine").rglob("*.log")]
    assert len(logs) == 2 and "sub-" in "".join(said) and "sub-" not in "".join(logs)


def test_the_check_says_the_same_when_asked_again(said, checkout):
    assert check(checkout)[1:] == said[1:]


@pytest.mark.parametrize("damage", ["cut short", "damaged"])
def test_the_check_sees_an_archive_that_broke_since(said, checkout, damage):
    archive = checkout.folder / "mine" / PACKAGE.format(WHOLE[0])
    content = archive.read_bytes()
    # The second damage leaves the archive's size and its list of contents as they were.
    start = content.index(b"\x1f\x8b")
    damaged = content[:start] + b"x" * 900 + content[start + 900 :]
    archive.write_bytes(content[:5000] if damage == "cut short" else damaged)
    try:
        assert check(checkout)[1] == "3 would be used, 4 would not"
    finally:
        archive.write_bytes(content)
