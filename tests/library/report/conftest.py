"""A finished study in miniature and its report, once for all tests of the report; and a browser to read it with."""

import pytest

from tests.library.report.browser import Visit, started_browser
from tests.library.report.made_results import SETTINGS, make_results
from voxplain.report.page import listed_pages, write_pages
from voxplain.report.results import Results


@pytest.fixture(scope="session")
def made_results(tmp_path_factory):
    """The folder of a finished study; tests that change it make their own by ``make_results``."""
    return make_results(tmp_path_factory.mktemp("made_results"))


@pytest.fixture(scope="session")
def made_pages(made_results):
    """The pages of the navigation, drawn once; what they load on demand lies in ``report``."""
    (made_results / "report").mkdir()
    return listed_pages(Results(made_results, SETTINGS), made_results / "report")


@pytest.fixture(scope="session")
def made_sections(made_pages):
    """Sections of the report of ``made_results`` by their keys."""
    return {section.key: section for page in made_pages for section in page.sections}


@pytest.fixture(scope="session")
def made_page(made_results, made_pages):
    """Path of the first page of the report of ``made_results``, the others beside it."""
    write_pages(made_results / "report", Results(made_results, SETTINGS), made_pages)
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
