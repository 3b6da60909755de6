"""Maps of one unit inside the network: that activation is kept, the rest dropped, and it is carried back."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from voxplain.attribution.attribute import attribute
from voxplain.attribution.receptive_fields import receptive_fields
from voxplain.errors import SettingsError

METHODS = ["gradient", "deconvnet", "guided_backprop"]
POSITION = {2: (1, 2), 3: (1, 0, 2)}


class TwoLayers(nn.Module):
    """Convolution, ReLU, max-pooling, convolution; then a head that no unit before it should feel."""

    def __init__(self, axes, head):
        super().__init__()
        convolution = {2: nn.Conv2d, 3: nn.Conv3d}[axes]
        self.pool = {2: F.max_pool2d, 3: F.max_pool3d}[axes]
        self.first, self.second = convolution(1, 3, 3, padding=1), convolution(3, 2, 2)
        self.relu, self.head = nn.ReLU(), head
        # so that no voxel of some pooled cells passes the ReLU
        nn.init.constant_(self.first.bias, -1.0)

    def forward(self, volumes):
        values = self.second(self.pool(self.relu(self.first(volumes)), 2))
        return self.head(values.flatten(1)[:, :2])


@pytest.fixture
def network():
    def make(axes=3, head=None):
        torch.manual_seed(3)
        return TwoLayers(axes, head or nn.Identity()).double()

    return make


def carried_back(network, volumes, unit, rule):
    """The value 1 at ``unit`` of the second convolution, through each layer by a formula of its own.

    ``rule`` takes the signal and the input of the ReLU. A convolution is transposed, pooling puts the signal back
    where its maximum was.
    """
    axes = volumes.dim() - 2
    transposed = {2: F.conv_transpose2d, 3: F.conv_transpose3d}[axes]
    pool, unpool = {2: (F.max_pool2d, F.max_unpool2d), 3: (F.max_pool3d, F.max_unpool3d)}[axes]
    with torch.no_grad():
        first = network.first(volumes)
        pooled, switches = pool(first.relu(), 2, return_indices=True)
        signal = torch.zeros_like(network.second(pooled))
        signal[(slice(None), *unit)] = 1
        signal = transposed(signal, network.second.weight)
        signal = unpool(signal, switches, 2, output_size=first.shape)
        return transposed(rule(signal, first), network.first.weight, padding=1)


RULES = {
    "gradient": lambda signal, before: signal * (before > 0),
    "deconvnet": lambda signal, before: signal.clamp(min=0),
    "guided_backprop": lambda signal, before: signal.clamp(min=0) * (before > 0),
}


@pytest.mark.parametrize("axes", [2, 3])
@pytest.mark.parametrize("method", METHODS)
def test_a_unit_is_carried_back_layer_by_layer(network, volumes, differs, method, axes):
    position = POSITION[axes]
    found = attribute(network(axes), volumes(axes), method, target=("second", 1, position))
    assert differs(found, carried_back(network(axes), volumes(axes), (1, *position), RULES[method])) < 1e-10


@pytest.mark.parametrize("axes", [2, 3])
@pytest.mark.parametrize("method", [*METHODS, "grad_times_input", "attention_maps"])
def test_only_the_field_of_the_unit_is_not_zero(network, volumes, method, axes):
    batch, position = volumes(axes), POSITION[axes]
    fields = receptive_fields(network(axes), batch, "second")
    seen = torch.zeros_like(batch, dtype=torch.bool)
    ends = [
        (max(int(first + step * at - (length - 1) / 2), 0), int(first + step * at + (length - 1) / 2) + 1)
        for first, step, length, at in zip(fields.first, fields.step, fields.length, position, strict=True)
    ]
    seen[(slice(None), slice(None), *(slice(*one) for one in ends))] = True
    assert not seen.all()
    found = attribute(network(axes), batch, method, target=("second", 1, position))
    if method == "attention_maps":
        # of a whole channel, whatever the target
        assert (found[~seen] != 0).any()
    else:
        assert (found[~seen] == 0).all() and (found[seen] != 0).any()


@pytest.mark.parametrize("axes", [2, 3])
@pytest.mark.parametrize("method", METHODS)
def test_what_follows_the_unit_plays_no_part(network, volumes, method, axes):
    unit = ("second", 0, POSITION[axes])
    plain = attribute(network(axes), volumes(axes), method, target=unit)
    other = attribute(network(axes, nn.Linear(2, 4)), volumes(axes), method, target=unit)
    assert torch.equal(plain, other)


def test_the_signs_that_are_dropped_tell_the_three_apart(network, volumes):
    maps = [attribute(network(), volumes(), method, target=("second", 1, POSITION[3])) for method in METHODS]
    assert not any(torch.equal(*pair) for pair in zip(maps, maps[1:] + maps[:1], strict=True))


def test_a_unit_of_the_linear_layer_is_its_class(network, volumes, differs):
    made = network(head=nn.Linear(2, 4))
    by_class = attribute(made, volumes(), "gradient", target=2, score="logit")
    assert differs(attribute(made, volumes(), "gradient", target=("head", 2, ())), by_class) < 1e-10


def test_grad_cam_of_a_unit_reads_a_layer_before_it_and_keeps_to_its_field(network, volumes):
    made, batch = network(), volumes()
    with pytest.raises(SettingsError, match='no channel 3 at .* in layer "second"'):
        attribute(made, batch, "grad_cam", target=("second", 3, (0, 0, 0)), layer="first")
    found = attribute(made, batch, "hires_cam", target=("second", 1, (0, 0, 0)), layer="first")
    # the two pooled cells a side that the unit reads are of four
    assert (found[..., :4, :4, :4] != 0).any()
    assert (found[..., 4:, :, :] == 0).all() and (found[..., 4:] == 0).all()
