import numpy as np
import pytest
import torch
from torch import nn

from voxplain.sanity.smoothing import NoisedVolumes, smoothed_maps

SHAPE = (5, 4, 6)
GRADIENT = {"name": "gradient", "method": "gradient", "target": 0, "score": "logit", "options": {}}


class Held(list):
    scans, shape = ["sub-a", "sub-b"], SHAPE


@pytest.fixture
def volumes():
    generator = torch.Generator().manual_seed(2)
    return Held([torch.randn(1, *SHAPE, generator=generator), 30 * torch.randn(1, *SHAPE, generator=generator)])


def test_noise_has_the_share_of_each_volumes_range_and_is_the_same_at_every_reading(volumes):
    noised = NoisedVolumes(volumes, 0.2, [1])
    for place, volume in enumerate(volumes):
        drawn = noised[place] - volume
        assert float(drawn.std() / (volume.max() - volume.min())) == pytest.approx(0.2, rel=0.15)
        assert torch.equal(noised[place], noised[place])
    assert not torch.allclose((noised[0] - volumes[0]) * 30, noised[1] - volumes[1], rtol=0.1)


def test_all_else_is_that_of_the_volumes(volumes):
    noised = NoisedVolumes(volumes, 0.2, [1])
    assert noised.scans == volumes.scans
    assert len(noised) == 2


def test_a_smoothed_map_is_the_mean_over_the_noised_copies_by_a_plain_loop(volumes):
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv3d(1, 3, 3), nn.Tanh(), nn.Flatten(), nn.Linear(3 * 3 * 2 * 4, 2)).eval()
    asked = {"samples": 4, "noise": 0.3, "seed": [7]}
    found = smoothed_maps(network, volumes, torch.tensor([0, 1]), GRADIENT, **asked)
    for place in range(2):
        expected = np.zeros(SHAPE)
        for sample in range(4):
            one = NoisedVolumes(volumes, 0.3, [7, sample])[place][None].requires_grad_()
            expected += torch.autograd.grad(network(one)[0, place], one)[0][0, 0].numpy() / 4
        np.testing.assert_allclose(found[place], expected, rtol=1e-4, atol=1e-6)
    assert not np.allclose(
        found, smoothed_maps(network, volumes, torch.tensor([0, 1]), GRADIENT, **asked | {"seed": [8]})
    )
