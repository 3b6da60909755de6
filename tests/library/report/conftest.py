"""A finished study in miniature and its report, once for all tests of the report; and a browser to read it with."""

import pytest

from tests.library.report.browser import Visit, started_browser
from tests.library.report.made_results import SETTINGS, make_results
from voxplain.report.page import write_report


@pytest.fixture(scope="session")
def made_results(tmp_path_factory):
    """The folder of a finished study; tests that change it make their own by ``make_results``."""
    return make_results(tmp_path_factory.mktemp("made_results"))


@pytest.fixture(scope="session")
def made_page(made_results):
    """Path of the report of ``made_results``."""
    write_report(made_results / "report", made_results, SETTINGS)
    return made_results / "report/index.html"


@pytest.fixture(scope="session")
def browser():
    """A running Chromium; skips where there is none."""
    with started_browser() as started:
        yield started


@pytest.fixture
def visit(browser):
    """``visit(path, width=1200)`` opens a page; errors and requests beyond the disk fail the test at its end."""
    opened = Visit(browser)
    yield opened
    opened.close()
