from copy import deepcopy

import pytest
import torch
from torch import nn

from voxplain.attribution import kept_passes as module
from voxplain.attribution.attribute import attribute, attribute_all
from voxplain.attribution.kept_passes import kept_now, kept_passes
from voxplain.sanity.randomisation import alone, cascade, layers

SHAPE = (9, 11, 10)
METHODS = ["gradient", "guided_backprop", "grad_times_input", "grad_cam", "smoothgrad", "occlusion"]
OPTIONS = {"occlusion": {"size": 6, "stride": 6}, "smoothgrad": {"samples": 2}}


class Residual(nn.Module):
    """Two blocks with a way round, in 3-D."""

    def __init__(self):
        super().__init__()
        self.first, self.norm = nn.Conv3d(1, 4, 3, padding=1), nn.BatchNorm3d(4)
        self.second, self.third = nn.Conv3d(4, 4, 3, padding=1), nn.Conv3d(4, 3, 3, stride=2)
        self.head = nn.Linear(3, 2)

    def forward(self, volumes):
        held = torch.relu(self.norm(self.first(volumes)))
        held = torch.relu(held + self.second(held))
        return self.head(torch.relu(self.third(held)).mean((2, 3, 4)))


@pytest.fixture(params=["plain", "residual"])
def network(request):
    torch.manual_seed(3)
    if request.param == "residual":
        return Residual().eval()
    blocks = (
        nn.Conv3d(1, 4, 3),
        nn.BatchNorm3d(4),
        nn.ReLU(),
        nn.MaxPool3d(2),
        nn.Conv3d(4, 6, 3),
        nn.ReLU(inplace=True),
    )
    return nn.Sequential(*blocks, nn.Flatten(), nn.Linear(6 * 1 * 2 * 2, 2)).eval()


@pytest.fixture
def volumes():
    return torch.randn(2, 1, 1, *SHAPE, generator=torch.Generator().manual_seed(5))


def maps_of_cascade(network, volumes, method):
    """Maps by the trained network, and at every step of a cascade and of single layers."""
    found, changed = (
        [attribute(network, one, method, target=1, **OPTIONS.get(method, {})) for one in volumes],
        deepcopy(network),
    )
    steps = layers(network, volumes[0])
    for step, (_, state) in enumerate(cascade(network, steps, [7]), 1):
        for each in (state, alone(network.state_dict(), state, steps[-step].tensors(network))):
            changed.load_state_dict(each)
            found += [attribute(changed, one, method, target=1, **OPTIONS.get(method, {})) for one in volumes]
    return found


@pytest.mark.parametrize("method", METHODS)
def test_maps_are_the_same_to_the_last_bit_whether_passes_were_kept_or_not(network, volumes, method):
    plain = maps_of_cascade(network, volumes, method)
    with kept_passes(network):
        kept = maps_of_cascade(network, volumes, method)
    assert all(torch.equal(one, other) for one, other in zip(plain, kept, strict=True))


def test_what_lies_before_the_first_changed_layer_runs_once(network, volumes, monkeypatch):
    ran = []
    convolved = module.KeptPasses.begun
    monkeypatch.setattr(module.KeptPasses, "begun", lambda *given: ran.append(convolved(*given)) or ran[-1])
    with kept_passes(network):
        attribute(network, volumes[0], "gradient", target=1)
        changed = deepcopy(network)
        for _, state in cascade(network, layers(network, volumes[0]), [7]):
            changed.load_state_dict(state)
            attribute(changed, volumes[0], "gradient", target=1)
    shared = [len(one[1]) if one else 0 for one in ran[1:]]
    assert shared == sorted(shared, reverse=True)
    assert shared[0] > shared[-2] > 0
    assert shared[-1] == 0, "the first layer is random too"


def test_weights_that_change_in_place_are_seen(network, volumes):
    with kept_passes(network):
        changed = deepcopy(network)
        attribute(network, volumes[0], "gradient", target=1)
        before = attribute(changed, volumes[0], "gradient", target=1)
        with torch.no_grad():
            list(changed.parameters())[-2].mul_(2)
        after = attribute(changed, volumes[0], "gradient", target=1)
    assert torch.allclose(after, 2 * before)


class Adds(nn.Module):
    """Writes the second layer's output over the first one's."""

    def __init__(self):
        super().__init__()
        self.first, self.second, self.head = nn.Conv3d(1, 2, 3), nn.Conv3d(2, 2, 3, padding=1), nn.Linear(2, 2)

    def forward(self, volumes):
        held = self.first(volumes)
        held.add_(self.second(held * 2).relu())
        return self.head(held.mean((2, 3, 4)))


def test_a_network_that_overwrites_its_values_keeps_none(volumes):
    torch.manual_seed(1)
    network = Adds().eval()
    plain = maps_of_cascade(network, volumes, "gradient")
    with kept_passes(network):
        kept = maps_of_cascade(network, volumes, "gradient")
        assert not kept_now().passes
    assert all(torch.equal(one, other) for one, other in zip(plain, kept, strict=True))


def test_no_more_is_kept_than_there_is_room_for(network, volumes, monkeypatch):
    monkeypatch.setattr(module, "MOST", 10)
    with kept_passes(network):
        attribute_all(network, volumes[0], ["gradient", "grad_cam"], target=1)
        assert not kept_now().passes
    assert kept_now() is None
