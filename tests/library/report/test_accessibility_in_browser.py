"""Pages for everybody: no fault that axe-core finds, the keyboard, narrow and wide windows, light and dark."""

import pytest
from axe_playwright_python.sync_playwright import Axe

WIDTHS = (360, 800, 1400)
MOST_TELLING = ("index.html", "training.html", "methods.html", "subjects/sub-990001.html")


def faults(page, **options):
    """What axe-core objects to, with all folds open: page, rule and the first element of each."""
    page.evaluate("document.querySelectorAll('details').forEach(fold => { fold.open = true; })")
    # preload would fetch the styles once more, which a page's own policy forbids
    asked = {"resultTypes": ["violations"], "preload": False, **options}
    found = Axe().run(page, options=asked).response["violations"]
    return [f"{page.url.rsplit('/', 1)[1]}: {one['id']}, {one['nodes'][0]['html'][:200]}" for one in found]


def in_the_dark(page):
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    return faults(page, runOnly=["color-contrast"])


@pytest.mark.parametrize("name", ["index.html", "subjects/sub-990001.html"])
def test_the_pages_that_people_meet_first_have_no_fault_in_light_and_dark(made_page, visit, name):
    page = visit(made_page.parent / name)
    assert faults(page) + in_the_dark(page) == []


@pytest.mark.slow
def test_no_page_has_a_fault_and_none_is_wider_than_the_window(made_page, visit):
    found = []
    # those in maps/ are nilearn's own, and are there only where NiiVue was not fetched
    for path in sorted(one for one in made_page.parent.rglob("*.html") if "maps" not in one.parts):
        page = visit(path)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            needed = page.evaluate("document.documentElement.scrollWidth")
            found += [f"{path.name}: {needed} of {width} pixels"] if needed > width else []
        found += faults(page) + in_the_dark(page)
        page.close()
    assert found == []


def test_the_first_stop_of_the_keyboard_leads_past_the_navigation_to_the_content(made_page, visit):
    page = visit(made_page)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    assert page.evaluate("document.activeElement.getBoundingClientRect().left >= 0")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_every_picture_says_a_number_and_headings_go_down_step_by_step(made_page, visit):
    for name in MOST_TELLING:
        page = visit(made_page.parent / name)
        alts = page.eval_on_selector_all("main img", "pictures => pictures.map(picture => picture.alt)")
        assert all(any(letter.isdigit() for letter in alt) for alt in alts), name
        levels = page.eval_on_selector_all("h1, h2, h3, h4, h5", "all => all.map(one => Number(one.tagName[1]))")
        assert levels[0] == 1 and levels.count(1) == 1
        assert all(after <= before + 1 for before, after in zip(levels, levels[1:], strict=False)), name
