import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from voxplain.errors import UnsupportedModel
from voxplain.networks.build import build
from voxplain.networks.seen_field import seen_field


def box(shape, ends):
    field = np.zeros(shape, bool)
    field[tuple(slice(end) for end in ends)] = True
    return field


class Functional(nn.Module):
    """One ReLU for all, functional pooling, a skip connection; stride and floors leave voxels unseen."""

    def __init__(self, axes=3):
        super().__init__()
        convolution = {2: nn.Conv2d, 3: nn.Conv3d}[axes]
        self.pool = {2: F.max_pool2d, 3: F.max_pool3d}[axes]
        self.first, self.second = convolution(1, 2, 3), convolution(2, 2, 3, padding=1)
        self.act = nn.ReLU(inplace=True)

    def forward(self, volumes):
        volumes = self.act(self.first(volumes))
        volumes = self.act(self.second(volumes)) + volumes
        return F.log_softmax(self.pool(volumes, 2).flatten(1)[:, :4], 1)


def seen_by_trial(network, shape):
    """Voxels whose change changes an output, found by changing one after another, with positive weights."""
    network = network.eval().double().requires_grad_(False)
    for weights in network.parameters():
        weights.abs_().add_(0.1)
    gen = torch.Generator().manual_seed(1)
    volume = torch.rand(1, 1, *shape, dtype=torch.float64, generator=gen)
    plain = network(volume)
    field = np.zeros(shape, bool)
    for voxel in np.ndindex(*shape):
        changed = volume.clone()
        # above all others, so that every maximum takes it
        changed[(0, 0, *voxel)] = 50
        field[voxel] = not torch.equal(network(changed), plain)
    return field


def test_mrinet_misses_four_voxels_at_one_side_of_two_axes():
    shape = (58, 70, 58)
    assert np.array_equal(seen_field(build("mrinet", shape, width=2), shape), box(shape, (54, 70, 54)))


def test_adni_cnn_at_two_millimetres_never_sees_the_last_31_coronal_planes():
    shape = (91, 109, 91)
    assert np.array_equal(seen_field(build("adni_cnn", shape, width=1), shape), box(shape, (78, 78, 78)))


def test_the_seen_field_is_what_changing_each_voxel_shows():
    shape = (7, 6, 5)
    torch.manual_seed(1)
    network = nn.Sequential(
        nn.Conv3d(1, 2, 3), nn.BatchNorm3d(2), nn.ReLU(), nn.MaxPool3d(2), nn.Flatten(), nn.Linear(8, 2)
    )
    assert np.array_equal(seen_field(network, shape), box(shape, (6, 6, 4)))
    assert np.array_equal(seen_field(network, shape), seen_by_trial(network, shape))


@pytest.mark.parametrize("axes", [2, 3])
def test_functional_layers_and_skips_are_followed(axes):
    shape = (11, 8, 6)[:axes]
    torch.manual_seed(1)
    field = seen_field(Functional(axes), shape)
    assert field.shape == shape
    assert 0 < field.sum() < field.size
    assert np.array_equal(field, seen_by_trial(Functional(axes), shape))


def test_the_network_is_left_as_it_was():
    torch.manual_seed(1)
    network = build("mrinet", (22, 24, 26), width=2).train()
    before = {key: value.clone() for key, value in network.state_dict().items()}
    seen_field(network, (22, 24, 26))
    assert all(torch.equal(value, before[key]) for key, value in network.state_dict().items())
    assert all(layer.training for layer in network.modules())
    assert all(weights.requires_grad and weights.grad is None for weights in network.parameters())


def test_layers_that_mix_all_voxels_are_refused_by_name():
    network = nn.Sequential(nn.Conv3d(1, 2, 3), nn.GroupNorm(1, 2), nn.Flatten())
    with pytest.raises(UnsupportedModel, match="group_norm"):
        seen_field(network, (5, 5, 5))
