"""The documentation as a site: a page for each group of settings, no link that leads nowhere."""

import re
import subprocess
import sys

import pytest
import yaml

from docs.site.hooks import expanded_nav
from docs.site.links import followed, place_of
from docs.site.pages import site_sources
from docs.site.settings_pages import settings_of, settings_pages
from tests.conventions.documents import ROOT
from voxplain.errors import InputError
from voxplain.settings.known import CONFIG, default_settings

MINE = yaml.safe_load((CONFIG / "mine.yaml").read_text())


def paths(settings, above=()):
    """The names of every setting, from its section down."""
    for key, value in settings.items():
        yield (*above, str(key))
        if isinstance(value, dict):
            yield from paths(value, (*above, str(key)))


def is_shown(path, text):
    """Whether a page has a setting under a heading of its own, or in the default of one that it belongs to."""
    for length in range(len(path), 0, -1):
        heading = f" `{'.'.join(path[:length])}`\n"
        if heading in text:
            section = text.split(heading)[1].split("\n#")[0]
            return all(re.search(rf"\b{re.escape(name)}:", section) for name in path[length:])
    return False


@pytest.mark.parametrize("settings", [default_settings(), MINE], ids=["study", "mine"])
def test_every_setting_stands_on_a_page(settings):
    text = "\n".join(settings_pages().values())
    sections = {(name,) for name, value in settings.items() if isinstance(value, dict) and value}
    assert [path for path in paths(settings) if path not in sections and not is_shown(path, text)] == []


def test_a_setting_that_is_on_no_page_is_missed():
    text = "\n".join(settings_pages().values())
    assert not is_shown(("folds", "kk"), text) and not is_shown(("cohort", "columns", "colour"), text)


def test_a_page_says_what_stands_above_a_setting_and_its_default_as_it_is_written():
    found = settings_of("# Of all.\nfolds:\n  # How many.\n  # A few.\n  k: 3 # three\n  sites: {a: 1,\n    b: 2}\n")
    assert found == [
        (("folds",), "Of all.", ""),
        (("folds", "k"), "How many.\nA few.", "3"),
        (("folds", "sites"), "", "{a: 1,\nb: 2}"),
    ]


def test_words_of_a_comment_are_no_markup():
    page = settings_pages()["cohort"]
    assert "unrestricted\\_&lt;user>" in page and "`cohort.day_first`" in page
    assert "[networks.md](../networks.md)" in settings_pages()["experiments"]


def test_a_link_to_a_file_of_the_project_leads_to_its_page():
    text, needed = followed("docs/inputs.md", "see [labels](../config/labels.yaml#x) and `[a](b)`", {})
    assert text == "see [labels](files/config/labels.yaml.md#x) and `[a](b)`"
    assert needed == {"config/labels.yaml"}


def test_a_link_to_nothing_is_refused_and_a_picture_that_was_not_drawn_is_said_to_be():
    with pytest.raises(InputError, match=r"docs/inputs.md: it links to nowhere.md, where nothing is; correct the link"):
        followed("docs/inputs.md", "[there](nowhere.md)", {})
    assert followed("docs/a.md", "![Two\nheads](../build/none.png)", {}) == ("*Two heads* (not drawn here)", set())


def test_patterns_of_the_navigation_become_pages_that_are_named_nowhere_else():
    nav = [{"Home": "index.md"}, {"Methods": ["methods/README.md", "methods/*"]}, {"Studies": ["studies/*"]}]
    places = ["index.md", "methods/README.md", "methods/a.md", "methods/b.md"]
    expected = [{"Home": "index.md"}, {"Methods": ["methods/README.md", "methods/a.md", "methods/b.md"]}]
    assert expanded_nav(nav, places) == expected


def test_every_document_has_a_place_and_no_two_share_one():
    documents = [str(path.relative_to(ROOT)) for path in (ROOT / "docs").rglob("*.md")]
    assert {place_of(path) for path in documents} <= set(site_sources())
    assert len({place_of(path) for path in [*documents, "README.md", "config/README.md"]}) == len(documents) + 2


def test_the_site_is_built_strictly_and_asks_for_nothing_from_elsewhere(tmp_path):
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path)]
    ran = subprocess.run(command, cwd=ROOT, text=True, capture_output=True, env={"NO_MKDOCS_2_WARNING": "1"})
    assert ran.returncode == 0, ran.stderr[-3000:]
    page = (tmp_path / "index.html").read_text()
    assert "Which parts of the brain did the network use" in page
    loaded = re.findall(r"<(?:script|img|link|iframe)[^>]+(?:src|href)=\"?(https?:[^\"> ]+)", page)
    assert [address for address in loaded if "rel=canonical" not in address] == []


def test_make_docs_makes_the_site_although_there_is_a_folder_of_that_name():
    planned = subprocess.run(["make", "-n", "docs"], cwd=ROOT, text=True, capture_output=True, check=True).stdout
    assert planned.index("docs.site.tour") < planned.index("mkdocs build --strict")
