"""Faults of published perturbation and occlusion in how they search, each with a test that ours does not have it."""

import pytest
import torch
from torch import nn

from voxplain.attribution.attribute import attribute
from voxplain.attribution.perturbation_settings import perturbation_settings


class Counted(nn.Module):
    """Log-odds that grow with the middle of a volume; it counts its passes and the most volumes of one."""

    def __init__(self):
        super().__init__()
        self.passes, self.largest = 0, 0

    def forward(self, volumes):
        self.passes, self.largest = self.passes + 1, max(self.largest, len(volumes))
        middle = volumes[:, 0, 3:6, 3:6, 3:6].mean((1, 2, 3))
        return torch.stack([0.5 - middle, middle - 0.5], 1)


def made(count):
    return 1 + 0.1 * torch.randn(count, 1, 9, 8, 10, dtype=torch.float64, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("preset", ["smooth", "kan2020"])
def test_volumes_are_searched_together(preset):
    alone, together = Counted(), Counted()
    options = {"target": 1, "preset": preset, "iterations": 110, "samples": 2}
    attribute(alone, made(1), "meaningful_perturbation", **options)
    attribute(together, made(4), "meaningful_perturbation", **options)
    assert together.passes == alone.passes and together.largest == 4 * alone.largest


@pytest.mark.parametrize("preset", ["smooth", "kan2020_fast"])
def test_the_rate_lasts_as_long_as_the_search(preset):
    asked = perturbation_settings("deletion", preset, {}, 0)
    assert asked.rate_at(int(0.9 * asked.iterations)) > 0.02 * asked.rate
    published = perturbation_settings("deletion", "kan2020", {}, 0)
    assert published.rate_at(90) < 0.002 * published.rate, "which is there to be compared with"


def test_segments_of_a_hierarchy_go_through_the_network_many_at_a_time():
    network = Counted()
    finest = torch.arange(9 * 8 * 10).view(9, 8, 10) // 8
    levels = torch.stack([finest, finest // 3])
    attribute(network, made(1), "hierarchical_occlusion", target=1, segments=levels, max_memory_gb=5e-4)
    assert network.passes < (90 + 30) / 8 and 1 < network.largest <= 64
