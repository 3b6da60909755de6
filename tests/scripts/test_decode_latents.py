import nibabel
import numpy as np
import pytest

from scripts.decode_latents import COLUMNS, decode_latents
from tests.scripts.asked_study import AFFINE, asked_study
from voxplain.errors import UnsupportedModel
from voxplain.store import Volumes

pytestmark = pytest.mark.slow
ASKED = {"dimensions": 1, "steps": [-1.5, 0, 1.5]}
SHAPE = (61, 61, 62)


def decoded(study, folder, place=0):
    store, folds, weights, cards = study.files
    return decode_latents(store, folds, weights[place], cards[place], folder, experiment=study.experiment, asked=ASKED)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """Eight scans and two networks with codes of two dimensions."""
    return asked_study(tmp_path_factory.mktemp("codes"), 8, "vae_age", shape=SHAPE, width=1, latent=2)


@pytest.fixture(scope="module")
def left(study, tmp_path_factory):
    """Tables, what is told, and the folder of images of the first network."""
    folder = tmp_path_factory.mktemp("images") / "r1f1_seed-1"
    return *decoded(study, folder), folder


def test_held_out_scans_are_rebuilt_and_every_dimension_and_class_has_a_row(study, left):
    tables, told, _ = left
    assert tables["reconstruction"]["scan"].tolist() == study.held_out[0] and told["empty"] is None
    assert len(tables["latents"]) == 2 and tables["expected"]["name"].tolist() == ["F", "M"]
    assert len(tables["traversals"]) == 3


def test_every_image_is_named_by_what_it_shows_and_is_there(study, left):
    _, told, folder = left
    assert {one["file"] for one in told["images"]} == {path.name for path in folder.iterdir()}
    kinds = [one["kind"] for one in told["images"]]
    assert {kind: kinds.count(kind) for kind in set(kinds)} == {
        "expected": 2,
        "traversal": 3,
        "scan": 3,
        "rebuilt": 3,
        "as_of": 6,
    }
    assert {one["step"] for one in told["images"] if one["kind"] == "traversal"} == {-1.5, 0, 1.5}
    assert {one["of"] for one in told["images"] if one["kind"] == "as_of"} == {"F", "M"}
    assert {one["name"] for one in told["images"] if one["kind"] == "scan"} <= set(study.held_out[0])


def test_an_image_of_a_scan_is_that_scan_in_its_place(study, left):
    _, told, folder = left
    one = next(one for one in told["images"] if one["kind"] == "scan")
    image = nibabel.load(folder / one["file"])
    assert np.allclose(image.affine, AFFINE)
    assert np.allclose(image.get_fdata(), Volumes(study.files[0], [one["name"]])[0][0].numpy(), atol=1e-3)


def test_a_split_without_a_network_leaves_empty_tables_and_says_so(study, tmp_path):
    card = tmp_path / "r1f1_seed-1.card.json"
    card.write_text('{"split": "r1f1", "seed": 1, "empty": "nobody was held out"}')
    store, folds, (weights, _), _ = study.files
    how = {"experiment": study.experiment, "asked": ASKED}
    tables, told = decode_latents(store, folds, weights, card, tmp_path / "images", **how)
    assert {name: list(table) for name, table in tables.items()} == COLUMNS and not told["images"]
    assert "no network" in told["empty"] and not any((tmp_path / "images").iterdir())


def test_a_network_without_a_code_is_refused_in_a_line(tmp_path):
    with pytest.raises(UnsupportedModel, match="MriNet has no latent code .* use the network vae_age"):
        decoded(asked_study(tmp_path, 4), tmp_path / "images")
