"""Tables and galleries under a reader's keys: sorted, chosen, a page at a time; colours that are remembered."""

import pytest

from tests.library.report.made_results import SETTINGS
from voxplain.report.blocks import Gallery, Page, Picture, Section, Table, Tile
from voxplain.report.page import write_pages
from voxplain.report.results import Results

ROWS = 120
CLASSES = ("F", "M", "<b>")
SHOWN = "[...document.querySelectorAll('tbody tr:not([hidden])')].map(row => row.cells[1].textContent)"


@pytest.fixture(scope="module")
def listed(tmp_path_factory):
    """A page of a table and a gallery of 120 made scans; every tenth value is not known."""
    values = ["" if place % 10 == 0 else f"{(7 * place) % ROWS - 60}.5" for place in range(ROWS)]
    classes = [CLASSES[place % 3] for place in range(ROWS)]
    rows = [[f"sub-{place}", values[place], classes[place]] for place in range(ROWS)]
    tiles = [
        Tile(f"sub-{place}", Picture("data:,", f"scan {place}", 9, 9), [], tags={"class": classes[place]})
        if values[place] == ""
        else Tile(f"sub-{place}", None, [], tags={"class": classes[place]}, measures={"depth": float(values[place])})
        for place in range(ROWS)
    ]
    table = Table("Made scans", ["Scan", "Depth", "Class"], rows, frozenset({"Depth"}))
    few = Table("A few", ["Name", "Value"], [["a", 1], ["b", 2]])
    blocks = [table, few, Gallery("Made scans as pictures", tiles)]
    folder = tmp_path_factory.mktemp("listed")
    page = Page("index.html", "Listed", [Section("listed", "Listed", ("", ""), None, blocks)])
    other = Page("other.html", "Other", [Section("other", "Other", ("", ""), None, [])])
    write_pages(folder, Results(folder, SETTINGS), [page, other])
    return folder


def numbers(texts):
    return [float(text) for text in texts if text]


def test_a_column_is_sorted_by_its_number_with_the_keyboard_and_unknown_values_stay_last(listed, visit):
    page = visit(listed / "index.html")
    written = page.evaluate(SHOWN)
    head = page.get_by_role("columnheader", name="Depth")
    page.get_by_role("button", name="Show all").first.click()
    page.get_by_role("button", name="Depth").focus()
    for order, reverse in (("ascending", False), ("descending", True)):
        page.keyboard.press("Enter")
        shown = page.evaluate(SHOWN)
        assert head.get_attribute("aria-sort") == order and len(shown) == ROWS + 2
        first = [text for text in shown[:ROWS] if text]
        assert numbers(first) == sorted(numbers(first), reverse=reverse) and not any(shown[ROWS - 12 : ROWS])
    page.keyboard.press("Enter")
    assert head.get_attribute("aria-sort") is None and page.evaluate(SHOWN)[: len(written) - 2] == written[:-2]


def test_a_table_is_turned_a_page_at_a_time_and_says_where_one_is(listed, visit):
    page = visit(listed / "index.html")
    table = page.locator(".listing").first
    assert table.get_by_role("status").inner_text() == "1 to 50 of 120 rows"
    table.get_by_role("button", name="Next").press("Space")
    table.get_by_role("button", name="Next").press("Space")
    assert table.get_by_role("status").inner_text() == "101 to 120 of 120 rows"
    assert table.get_by_role("button", name="Next").is_disabled()
    assert table.get_by_role("rowheader").all_inner_texts() == [f"sub-{place}" for place in range(100, ROWS)]


def test_rows_are_chosen_by_class_and_found_by_their_text(listed, visit):
    page = visit(listed / "index.html")
    table = page.locator(".listing").first
    table.get_by_label("Class").select_option("<b>")
    assert table.get_by_role("status").inner_text() == "40 rows, chosen from 120"
    assert set(table.locator("tbody tr:visible td:last-child").all_inner_texts()) == {"<b>"}
    table.get_by_label("Find").fill("sub-11")
    assert table.get_by_role("rowheader").all_inner_texts() == ["sub-11", "sub-110", "sub-113", "sub-116", "sub-119"]
    table.get_by_label("Find").fill("nobody")
    assert table.get_by_role("status").inner_text() == "No rows are like this."


def test_pictures_are_chosen_by_their_tags_and_sorted_by_a_measure(listed, visit):
    page = visit(listed / "index.html")
    gallery = page.locator(".listing").last
    gallery.get_by_label("class").select_option("M")
    assert gallery.get_by_role("listitem").count() == 40
    gallery.get_by_label("Sort by").select_option("depth, highest first")
    names = gallery.locator("li:not([hidden]) strong").all_text_contents()
    depths = [(7 * int(name[4:])) % ROWS for name in names if int(name[4:]) % 10]
    assert depths == sorted(depths, reverse=True) and int(names[-1][4:]) % 10 == 0


def test_a_table_of_few_rows_has_no_tools(listed, visit):
    few = visit(listed / "index.html").locator(".listing").nth(1)
    assert few.get_by_role("row").count() == 3 and few.locator("button, input, select").count() == 0


def test_without_scripts_everything_shows(listed, visit):
    page = visit(listed / "index.html", java_script_enabled=False)
    assert page.locator("tbody tr:visible").count() == ROWS + 2
    assert page.locator(".gallery li:visible").count() == ROWS and page.locator(".theme:visible").count() == 0


def test_colours_are_the_systems_until_chosen_and_then_remembered_on_every_page(listed, visit):
    ground = "getComputedStyle(document.body).backgroundColor"
    page = visit(listed / "index.html", color_scheme="dark")
    dark = page.evaluate(ground)
    page.get_by_label("Colours").select_option("light")
    light = page.evaluate(ground)
    assert light == "rgb(255, 255, 255)" and dark != light
    other = visit(listed / "other.html")
    assert other.evaluate(ground) == light and other.get_by_label("Colours").input_value() == "light"
    other.get_by_label("Colours").select_option("as the system")
    page.reload()
    assert page.evaluate(ground) == dark


def test_the_first_key_leads_past_the_navigation(listed, visit):
    page = visit(listed / "index.html")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"


def test_a_printed_page_is_light_and_has_no_tools(listed, visit):
    page = visit(listed / "index.html", color_scheme="dark")
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.locator("nav:visible, .tools:visible, .theme:visible").count() == 0


def test_no_page_is_wider_than_the_window(made_page, visit):
    page = visit(made_page)
    # The viewer takes seconds to start without a graphics card, and has tests of its own
    for path in sorted(set(made_page.parent.glob("*.html")) - {made_page.with_name("viewer.html")}):
        page.goto(path.as_uri())
        for width in (400, 900, 1400):
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{path.name} at {width}"
