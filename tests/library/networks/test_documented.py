"""The tables of docs/networks.md are what the networks are."""

import re
from pathlib import Path

import numpy as np
import pytest
import torch

from voxplain.errors import SettingsError
from voxplain.networks.build import build
from voxplain.networks.table import networks
from voxplain.volumes.template import load_template

DOCUMENT = Path(__file__).parents[3] / "docs" / "networks.md"
# what the published counts are of, where it is not the default
PUBLISHED_WITH = {"s500_cnn": {"covariates": 1}, "vae_age": {"covariates": 1}}


def table(header):
    """``{network: cells}`` of the table whose first line begins with ``header``."""
    lines = DOCUMENT.read_text().split(header)[1].splitlines()[2:]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[: lines.index("")]]
    return {row[0].strip("`"): row[1:] for row in rows}


LAYERS = table("| network | layers |")
UNSEEN = table("| network | 58x70x58 |")
GRIDS = [(58, 70, 58), (91, 109, 91), (110, 110, 110), (128, 128, 128), (193, 229, 193)]


@pytest.fixture(scope="module")
def brains():
    settings = {"image": "mni152", "mask": None, "margin": 6}
    return [load_template(settings | {"spacing": spacing}).mask.data for spacing in (2, 1)]


def without_weights(name, shape, **options):
    with torch.device("meta"):
        return build(name, shape, **options)


def percent(share):
    return f"{100 * share:.1f} %"


def test_every_network_is_in_both_tables():
    assert set(LAYERS) == set(UNSEEN) == set(networks())


@pytest.mark.parametrize("name", LAYERS)
def test_parameters_and_layers_are_as_documented(name):
    _, shape, parameters, layer, _ = LAYERS[name]
    network = without_weights(name, tuple(map(int, shape.split("x"))), **PUBLISHED_WITH.get(name, {}))
    counted = sum(weights.numel() for weights in network.parameters())
    assert counted == int(re.match(r"[\d,]+", parameters)[0].replace(",", ""))
    assert network.cam_layer == layer.strip("`")


@pytest.mark.parametrize("name", UNSEEN)
def test_unseen_shares_are_as_documented(name, brains):
    found = []
    for brain in [np.ones(shape, bool) for shape in GRIDS] + brains:
        try:
            found.append(percent(without_weights(name, brain.shape, brain=brain).unseen_brain))
        except SettingsError:
            found.append("too small")
    assert found == UNSEEN[name]
