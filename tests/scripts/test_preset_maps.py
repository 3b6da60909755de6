"""Every method as the preset ``all`` asks for it leaves its maps, and what it says of them can be read again."""

import json

import nibabel
import numpy as np
import pytest
import torch

from scripts.explain_split import explain_split
from scripts.write_maps import write_maps
from voxplain.attribution.maps import read_maps
from voxplain.attribution.table import method_options, methods
from voxplain.networks.build import build
from voxplain.networks.table import network_options, networks
from voxplain.settings.merging import merged_settings
from voxplain.training.trained import read_card, write_trained

TAKES_ALL = {"name": "vox_resnet_cam", "width": 2}
QUICK = {
    "smoothgrad": {"samples": 2},
    "integrated_gradients": {"steps": 4},
    "guided_integrated_gradients": {"steps": 2},
    "expected_gradients": {"samples": 2},
    "hierarchical_occlusion": {"levels": 3, "finest": 20},
    "meaningful_perturbation": {"iterations": 3},
}


def entries():
    """The entries of the preset ``all`` in a study with an atlas, whose network takes every method."""
    user = {
        "methods": "all",
        "template": {"atlases": [{"name": "two", "image": "two.nii.gz", "labels": None}]},
        "experiments": {"one": {"input": "affine", "network": TAKES_ALL}},
    }
    known = {name: network_options(name) for name in networks()}, {name: method_options(name) for name in methods()}
    return merged_settings(user, *known)["methods"]


@pytest.fixture
def study(trained_study, tmp_path):
    """The trained study with a network of its first split that takes every method, and an atlas of two regions."""
    torch.manual_seed(1)
    network = build(TAKES_ALL["name"], trained_study.shape, width=TAKES_ALL["width"])
    card = read_card(trained_study.cards[0]) | {"network": TAKES_ALL}
    write_trained(trained_study.weights[0], trained_study.cards[0], network.state_dict(), card)
    labels = np.zeros(trained_study.shape, np.int16)
    labels[4:10, 5:12, 4:9], labels[11:16, 14:20, 8:18] = 1, 2
    nibabel.save(nibabel.Nifti1Image(labels, np.diag([-3.0, 3, 3, 1])), tmp_path / "two.nii.gz")
    trained_study.atlases = {"two": tmp_path / "two.nii.gz"}
    return trained_study


def test_the_preset_holds_an_entry_for_every_method():
    assert {one["method"] for one in entries()} == set(methods())


@pytest.mark.parametrize("method", methods())
def test_every_method_of_the_preset_leaves_maps_and_what_it_says_of_each(study, tmp_path, method):
    (asked,) = [one for one in entries() if one["method"] == method]
    asked = asked | {"options": asked["options"] | QUICK.get(method, {})}
    given = study.store, study.folds, study.weights[0], study.cards[0], tmp_path / "maps.h5"
    explain_split(*given, experiment=study.experiment, method=asked, atlases=study.atlases)
    found = read_maps(tmp_path / "maps.h5")
    assert len(found) == len(found.notes) == 4 and all(np.isfinite(one).all() and one.any() for one in found.maps)
    assert found.about["settings"] == asked
    table = write_maps(tmp_path / "maps.h5", tmp_path / "maps", "r1f1", 1)
    for place, name in enumerate(table["file"]):
        told = json.loads((tmp_path / "maps" / name.replace(".nii.gz", ".json")).read_text())
        assert told["notes"] == found.notes[place]
