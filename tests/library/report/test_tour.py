"""The pictures of the documentation's tour show parts of the report that there are."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from docs.site import tour
from tests.library.report.browser import CHROMIUM

PAGE = (Path(__file__).parents[3] / "docs" / "tour.md").read_text()


def test_every_picture_of_the_tour_is_drawn_and_every_one_drawn_is_in_it():
    assert re.findall(r"\]\(\.\./build/tour/(\w+)\.png\)", PAGE) == [view.name for view in tour.VIEWS]


def test_every_view_begins_with_a_part_of_a_page_that_there_is(made_page):
    absent = set()
    for view in tour.VIEWS:
        page = next(made_page.parent.glob(view.page), None)
        if page is None:
            absent.add(view.name)
        else:
            assert view.part == "body" or f'id="{view.part.removeprefix("#")}"' in page.read_text(), view
    # What this study in miniature did not run
    assert absent == {"baselines", "insight"}


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine: install the package chromium")
def test_a_report_becomes_pictures_and_a_page_that_is_not_there_none(made_page, tmp_path):
    report = tmp_path / "results" / "report"
    report.mkdir(parents=True)
    for name in ("index.html", "data.html", "assets"):
        (report / name).symlink_to(made_page.parent / name)
    # A process of its own, as `make docs` starts it: the browser of the other tests is open in this one
    command = [sys.executable, "-m", "docs.site.tour", "--results", report.parent, "--output", tmp_path / "tour"]
    drawn = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tour.ROOT)
    assert drawn.stderr.splitlines()[-1] == "the tour has 2 pictures"
    pictures = sorted((tmp_path / "tour").iterdir())
    assert [picture.name for picture in pictures] == ["data.png", "overview.png"]
    assert all(picture.read_bytes().startswith(b"\x89PNG") for picture in pictures)


def test_a_tour_without_a_demo_has_no_pictures_and_says_so_in_a_line(tmp_path, monkeypatch, caplog):
    (tmp_path / "build").mkdir()
    (tmp_path / "build" / "overview.png").write_bytes(b"of an older demo")
    arguments = ["tour", "--results", str(tmp_path / "none"), "--output", str(tmp_path / "build")]
    monkeypatch.setattr("sys.argv", arguments)
    with caplog.at_level("INFO"):
        tour.main()
    assert "no finished demo, so the tour has no pictures; run `make demo` first" in caplog.messages[0]
    assert not (tmp_path / "build").exists()
