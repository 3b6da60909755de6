"""Ratings as somebody gives them, from the page on quality and a scan's own to the table that the workflow reads."""

import json

import pytest
from playwright.sync_api import expect

from tests.library.report.made_results import SCANS, SETTINGS
from voxplain.cohort.images import Scan
from voxplain.cohort.ledger import make_ledger
from voxplain.cohort.ratings import rated_out
from voxplain.errors import VoxplainError
from voxplain.report import quality
from voxplain.report.blocks import Page
from voxplain.report.page import write_pages
from voxplain.report.ratings import given_ratings
from voxplain.report.results import Results

COMMENT = '  moved: "twice",\tthen <b>left</b>; naïve  '
TOLD = 'moved: "twice", then <b>left</b>; naïve'


def written(folder, made_results, **cohort):
    settings = SETTINGS | {"cohort": SETTINGS["cohort"] | cohort}
    results = Results(made_results, settings)
    write_pages(folder, results, [Page("quality.html", "Quality", [quality.section(results)])])
    return folder


@pytest.fixture(scope="module")
def report(made_results, tmp_path_factory):
    return written(tmp_path_factory.mktemp("report"), made_results)


def rate(page, scan, rating, comment):
    page.get_by_label(f"Rating of {scan}").select_option(rating)
    page.get_by_label(f"Comment on {scan}").fill(comment)
    page.get_by_label(f"Comment on {scan}").press("Tab")


def saved(page, path):
    with page.expect_download() as download:
        page.get_by_role("button", name="Save qc_ratings.tsv").click()
    assert download.value.suggested_filename == "qc_ratings.tsv"
    download.value.save_as(path)
    return path


def test_a_scan_rated_in_the_browser_is_left_out_with_the_comment_as_the_reason(report, visit, tmp_path):
    page = visit(report / "quality.html")
    assert page.get_by_role("button", name="Save qc_ratings.tsv").is_disabled()
    rate(page, SCANS[2], "exclude", COMMENT)
    rate(page, SCANS[0], "pass", "")
    assert page.locator(".ratings .status").inner_text() == "Rated: 1 pass, 1 exclude."
    path = saved(page, tmp_path / "qc_ratings.tsv")
    assert path.read_text().splitlines()[0] == "scan\trating\tcomment"
    reasons = rated_out(path, SCANS)
    assert reasons == {SCANS[2]: TOLD}
    scans = [Scan(scan, scan[4:], archive="a.zip", stage="", reason="", labels={"sex": 0}) for scan in SCANS]
    statuses = [{"scan": scan, "accepted": True} for scan in SCANS]
    ledger = make_ledger(scans, statuses, reasons).set_index("scan")
    assert ledger.loc[SCANS[2], ["status", "stage", "reason"]].tolist() == ["excluded", "quality", TOLD]
    assert (ledger["status"] == "used").sum() == len(SCANS) - 1


def test_ratings_are_remembered_and_shared_by_the_pages_of_a_study(report, visit, tmp_path):
    page = visit(report / f"subjects/{SCANS[3]}.html")
    rate(page, SCANS[3], "exclude", "no head")
    page.close()
    page = visit(report / "quality.html")
    assert page.get_by_label(f"Rating of {SCANS[3]}").input_value() == "exclude"
    assert page.locator(f"#{SCANS[3]}").get_attribute("data-rated") == "exclude"
    other = visit(report / f"subjects/{SCANS[3]}.html")
    rate(page, SCANS[3], "pass", "seen again")
    expect(other.get_by_label(f"Rating of {SCANS[3]}")).to_have_value("pass")
    assert json.loads(page.evaluate("localStorage['voxplain-ratings:tiny']")) == {SCANS[3]: ["pass", "seen again"]}
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Forget").click()
    assert page.get_by_label(f"Rating of {SCANS[3]}").input_value() == ""


def test_ratings_that_the_study_was_run_with_are_shown_and_saved_again(made_results, visit, tmp_path):
    given = tmp_path / "seen.csv"
    given.write_text('scan;rating;comment\nsub-990001;exclude;"tilted, far"\nsub-990003;good;\n')
    report = written(tmp_path / "report", made_results, ratings=str(given))
    page = visit(report / "quality.html")
    assert page.get_by_label(f"Rating of {SCANS[2]}").input_value() == "good"
    rate(page, SCANS[3], "exclude", "no head")
    again = rated_out(saved(page, tmp_path / "qc_ratings.tsv"), SCANS)
    assert again == {SCANS[0]: "tilted, far", SCANS[3]: "no head"}
    rate(page, SCANS[0], "pass", "not that far")
    assert rated_out(saved(page, tmp_path / "qc_ratings.tsv"), SCANS) == {SCANS[3]: "no head"}


def test_a_file_of_ratings_can_be_read_into_the_page_and_another_is_refused(report, visit, tmp_path):
    page = visit(report / "quality.html")
    (tmp_path / "mine.tsv").write_text(f'scan\trating\tcomment\n{SCANS[4]}\texclude\t"says ""no"""\n')
    page.get_by_label("Read a file").set_input_files(tmp_path / "mine.tsv")
    expect(page.locator(".ratings .status")).to_contain_text("1 exclude")
    assert page.get_by_label(f"Comment on {SCANS[4]}").input_value() == 'says "no"'
    (tmp_path / "other.tsv").write_text("subject\tage\n1\t2\n")
    page.get_by_label("Read a file").set_input_files(tmp_path / "other.tsv")
    expect(page.locator(".ratings .status")).to_contain_text("no columns scan and rating")


def test_the_ratings_of_a_study_are_read_as_the_workflow_reads_them(tmp_path):
    path = tmp_path / "qc_ratings.tsv"
    path.write_text("scan\trating\tcomment\nsub-1\tpass\tfine\nsub-2\t\tlook again\nsub-3\t\t\n")
    settings = {"cohort": {"ratings": str(path)}}
    assert given_ratings(settings) == {"sub-1": ["pass", "fine"], "sub-2": ["", "look again"]}
    assert given_ratings({"cohort": {"ratings": None}}) == {}
    path.write_text("subject\trating\nsub-1\tpass\n")
    with pytest.raises(VoxplainError, match='"scan", no column'):
        given_ratings(settings)
