"""Every method has its page, and shows what it should on a photograph."""

import ast
import re
from pathlib import Path

import numpy as np
import pytest
import torch

import voxplain
from docs.photo import HEIGHT, WIDTH, all_maps, photograph, trained_network
from tests.library.attribution.every_method import options_of

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "docs" / "methods"
PARTS = "Formula", "Shows", "Hides", "Cost", "Use", "Paper"
# what draws by how much covering, or a cell of the last layer, changes the score: the object itself stands out
LOCATING = "grad_cam", "layer_cam", "hires_cam", "cam", "occlusion", "region_occlusion", "meaningful_perturbation"


@pytest.fixture(scope="module")
def photo():
    """Accuracy of the small network, and the maps by every method of a photograph with a balloon and a kite."""
    network, accuracy = trained_network()
    return accuracy, all_maps(network, photograph(np.random.default_rng(5), [0, 1])[None])


def test_a_small_network_tells_the_photographs_apart(photo):
    assert photo[0] > 0.95


@pytest.mark.parametrize("method", voxplain.methods())
def test_every_method_gives_a_map_of_height_and_width_for_a_photograph(photo, method):
    found = photo[1][method]
    assert found.shape == (2, HEIGHT, WIDTH) and torch.isfinite(found).all() and found.flatten(1).any(1).all()


@pytest.mark.parametrize("method", LOCATING)
def test_what_speaks_most_for_a_class_lies_on_its_object(photo, method):
    balloon, kite = photo[1][method]
    assert balloon.argmax() % WIDTH < WIDTH // 2 <= kite.argmax() % WIDTH


@pytest.mark.parametrize("method", voxplain.methods())
def test_every_method_has_a_page_with_all_its_parts(method):
    page = (PAGES / f"{method}.md").read_text()
    assert page.startswith(f"# {method}\n")
    assert tuple(re.findall(r"^## (.+)$", page, re.M)) == PARTS
    assert f"build/methods/{method}.png" in page


@pytest.mark.parametrize("method", voxplain.methods())
def test_the_code_on_a_page_names_options_that_there_are(method):
    page = (PAGES / f"{method}.md").read_text()
    calls = re.findall(rf'`attribute\(network, volumes, "{method}"(.*?)\)`', re.sub(r"\s+", " ", page))
    assert calls
    known = {"target", "score", *options_of(method)}
    for call in calls:
        assert {one.arg for one in ast.parse(f"attribute(0{call})", mode="eval").body.keywords} <= known


def test_the_table_of_methods_names_each_once_in_the_order_of_the_library():
    rows = re.findall(r"^\| \[(\w+)\]\((\w+)\.md\)", (PAGES / "README.md").read_text(), re.M)
    assert rows == [(name, name) for name in voxplain.methods()]
    table = (PAGES / "README.md").read_text()
    for name in voxplain.methods():
        cost = re.search(r"## Cost\n\n(.*?)\n\n## Use", (PAGES / f"{name}.md").read_text(), re.S)[1]
        assert f"| {' '.join(cost.split())} |" in table, f"{name}: the table's cost is not the page's"
    assert {page.stem for page in PAGES.glob("*.md")} == {*voxplain.methods(), "README"}
