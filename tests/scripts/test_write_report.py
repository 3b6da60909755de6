import pandas
import pytest

from scripts.write_report import write_report
from tests.library.report.made_results import SETTINGS


@pytest.fixture
def study(tmp_path):
    root = tmp_path / "results/tiny"
    (root / "cohort").mkdir(parents=True)
    row = {
        "scan": "sub-1",
        "source_id": "1",
        "image_id": "",
        "visit": "",
        "archive": "1.zip",
        "status": "excluded",
        "stage": "archive",
    }
    pandas.DataFrame([{**row, "reason": "truncated zip"}]).to_csv(root / "cohort/ledger.tsv", sep="\t", index=False)
    return root


def test_the_page_is_written_even_where_nothing_else_was(study):
    write_report(study / "report/index.html", study, SETTINGS)
    assert "truncated zip" in (study / "report/data.html").read_text()
    assert "MADE DATA" in (study / "report/index.html").read_text()


def test_stale_pages_go(study):
    (study / "report").mkdir()
    (study / "report/sub-1.html").write_text("excluded since")
    write_report(study / "report/index.html", study, SETTINGS)
    assert not (study / "report/sub-1.html").exists() and (study / "report/index.html").is_file()
