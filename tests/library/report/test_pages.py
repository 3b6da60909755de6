"""The report as a folder of pages: what each holds, what it leads to, and what a reader may type into it."""

import base64
import re

import pytest

from tests.library.report.made_results import SETTINGS, write_table
from tests.library.report.reading import all_text, pages, references, section_text
from voxplain.report import cohort
from voxplain.report.blocks import Figure, Gallery, Heading, Page, Picture, Section, Table, Text, Tile
from voxplain.report.page import PAGES, render, write_pages, write_report
from voxplain.report.pages import INLINE_BYTES, page_html
from voxplain.report.results import Results

EVIL = '"><img src=x onerror=alert(1)><script>alert(1)</script>'
KEYS = ("overview", "data", "quality", "training", "scores", "relevance", "groups", "sanity", "provenance")


def results_of(folder, **settings):
    return Results(folder, SETTINGS | settings)


def page_of(*blocks, path="data.html"):
    return Page(path, "Data", [Section("data", "Data", ("", ""), None, list(blocks))])


def test_every_section_has_its_picture_first_and_every_picture_has_words(made_page):
    text = all_text(made_page.parent)
    for key in KEYS:
        first = section_text(text, key).split('class="reading"')[0]
        assert "<img" in first or "<svg" in first, f"{key} does not start with a picture"
    alts = re.findall(r'<img [^>]*alt="([^"]*)"', text)
    assert len(alts) == text.count("<img") and all(re.search(r"\d", alt) for alt in alts)


def test_every_page_leads_to_all_pages_of_the_navigation_and_marks_its_own(made_page):
    found = pages(made_page.parent)
    listed = [path for path, _, _ in PAGES if path in found]
    assert "index.html" in listed and len(listed) > 6
    for path in listed:
        navigation = found[path].split("<nav")[1].split("</nav>")[0]
        assert set(listed) <= set(references(navigation))
        assert re.findall(r'href="([^"]*)" aria-current="page"', navigation) == [path]


def test_whatever_a_page_leads_to_or_loads_is_in_the_folder(made_page):
    for path, text in pages(made_page.parent).items():
        here = (made_page.parent / path).parent
        for one in references(text):
            assert (here / one.partition("#")[0]).is_file(), f"{path} leads to {one}"
        assert not re.search(r"@import|url\(|<style| style=| on[a-z]+=|javascript:", text)
        assert all("src=" in one for one in re.findall(r"<script[^>]*>", text)), f"{path} carries a script"
        assert "default-src 'none'" in text.replace("&#39;", "'")


def test_large_pictures_are_files_that_are_loaded_when_scrolled_to_and_small_ones_stay(tmp_path):
    small, large = (f"data:image/webp;base64,{base64.b64encode(bytes(size)).decode()}" for size in (30, INLINE_BYTES))
    figures = [Figure(Picture(source, "1", 2, 3)) for source in (small, large, large)]
    write_pages(tmp_path, results_of(tmp_path), [page_of(*figures)])
    (stored,) = (tmp_path / "pictures").iterdir()
    assert stored.read_bytes() == bytes(INLINE_BYTES)
    text = (tmp_path / "data.html").read_text()
    assert text.count(f'src="pictures/{stored.name}"') == 2 and text.count('loading="lazy"') == 3 and small in text


def test_a_page_below_another_folder_finds_what_it_shows(tmp_path):
    block = Table("Rows", ["Scan"], [["a"]], links=["subjects/b#maps"])
    text = page_html(results_of(tmp_path), page_of(block, path="subjects/a.html"), [("data.html", "Data")])
    assert {"../data.html", "../index.html", "../assets/style.css", "../subjects/b#maps"} <= set(references(text))


def test_a_folder_holds_nothing_of_an_earlier_report(tmp_path):
    (tmp_path / "report/subjects").mkdir(parents=True)
    (tmp_path / "report/subjects/sub-990002.html").write_text("a stale page")
    write_report(tmp_path / "report", tmp_path, SETTINGS)
    assert "a stale page" not in all_text(tmp_path / "report") and (tmp_path / "report/index.html").is_file()


def test_a_study_without_files_says_what_is_missing(tmp_path):
    write_report(tmp_path / "report", tmp_path, SETTINGS)
    text = all_text(tmp_path / "report")
    for said in ("no ledger", "no training was recorded", "no scores were recorded", "no template", "not randomised"):
        assert said in text


def test_every_page_of_made_data_says_so_and_none_of_real_data_does(made_page, tmp_path):
    assert all("MADE DATA" in text for text in pages(made_page.parent).values())
    real = SETTINGS["cohort"] | {"source": "hcp"}
    assert "MADE DATA" not in render(results_of(tmp_path, cohort=real), [])
    twin = results_of(tmp_path, cohort=real, made=True)
    assert "MADE DATA" in render(twin, []) and twin.made and not twin.planted


@pytest.mark.parametrize("made", ["table", "gallery"])
def test_what_comes_from_tables_is_text_whatever_it_says(made, tmp_path):
    if made == "table":
        block = Table(EVIL, ["Scan", EVIL], [[EVIL, EVIL]], frozenset([EVIL]), [f"subjects/{EVIL}"], (EVIL,))
    else:
        tile = Tile(EVIL, Picture("data:,", EVIL, 1, 1), [EVIL], link=EVIL, tags={EVIL: EVIL}, measures={EVIL: 1.0})
        block = Gallery(EVIL, [tile])
    text = render(results_of(tmp_path, study=EVIL), page_of(block, Heading(EVIL), Text(EVIL)).sections)
    assert "<script>" not in text and "<img src=x" not in text and "&lt;script&gt;alert(1)" in text
    assert text.count("<img") == (made == "gallery")


def test_a_subject_called_script_is_text(tmp_path):
    row = {"scan": "sub-1", "source_id": EVIL, "image_id": "", "visit": "", "archive": "1.zip", "status": "excluded"}
    write_table(tmp_path / "cohort/ledger.tsv", [row | {"stage": "archive", "reason": EVIL}])
    text = render(results_of(tmp_path), [cohort.section(results_of(tmp_path))])
    assert "<script>" not in text and "<img src=x" not in text and "&lt;script&gt;alert(1)" in text


def test_headings_follow_each_other_by_one_level_and_have_anchors_of_their_own(made_page):
    for path, text in pages(made_page.parent).items():
        levels = [int(level) for level in re.findall(r"<h(\d)", text)]
        assert levels[0] == 1 and levels.count(1) == 1, path
        assert all(after <= before + 1 for before, after in zip(levels, levels[1:], strict=False)), path
        ids = re.findall(r' id="([^"]*)"', text)
        assert len(ids) == len(set(ids)), path
