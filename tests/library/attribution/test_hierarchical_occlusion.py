import pytest
import torch
from torch import nn

from voxplain.attribution.attribute import attribute
from voxplain.attribution.boundaries import boundary_strength
from voxplain.attribution.foreground import foreground
from voxplain.attribution.hierarchy import nested_segments
from voxplain.attribution.notes import notes
from voxplain.errors import InputError, SettingsError


def halves(shape):
    """Four nested levels of blocks: 8 (or 4), 4, 2, 1 segments."""
    at = torch.stack(torch.meshgrid(*(torch.arange(length) * 2 // length for length in shape), indexing="ij"))
    steps = torch.tensor([2**axis for axis in range(len(shape))]).view(-1, *(1 for _ in shape))
    finest = (at * steps).sum(0)
    return torch.stack([finest // 2**level + 1 for level in range(len(shape) + 1)])


def looped(network, volume, levels, target):
    """The mean over levels of the logit's drop, one pass for each segment of each level."""
    total = torch.zeros(volume.shape[1:], dtype=torch.float64)
    with torch.no_grad():
        plain = network(volume[None])[0, target]
        for level in levels:
            for name in level.unique():
                if name:
                    covered = volume.clone()
                    covered[:, level == name] = 0
                    total[level == name] += plain - network(covered[None])[0, target]
    return total / len(levels)


class Planted(nn.Module):
    """A logit that is the mean of a cube."""

    def forward(self, volumes):
        return volumes[:, 0, 4:10, 5:11, 6:12].mean((1, 2, 3))[:, None]


@pytest.fixture
def cubes():
    """Heads of two sizes in a zero background, with a bright cube where ``Planted`` looks."""
    generator = torch.Generator().manual_seed(5)
    made = 1 + 0.05 * torch.randn(2, 1, 18, 17, 20, dtype=torch.float64, generator=generator)
    made[:, :, 4:10, 5:11, 6:12] += 1
    made[:, :, :2] = made[:, :, :, :, 18:] = made[:1, :, 15:] = 0
    return made


@pytest.mark.parametrize("axes", [2, 3])
def test_a_given_hierarchy_agrees_with_a_plain_loop_over_its_segments(net, volumes, axes):
    network, batch = net(axes=axes, channels=2), volumes(axes, channels=2)
    levels = halves(batch.shape[2:])
    levels[:, :2] = 0
    ours = attribute(network, batch, "hierarchical_occlusion", target=1, score="logit", segments=levels)
    for one, volume in zip(ours, batch, strict=True):
        expected = looped(network.eval(), volume, levels, 1)
        torch.testing.assert_close(one, expected.expand_as(one), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("axes", [2, 3])
def test_its_own_hierarchy_agrees_with_a_plain_loop_over_its_segments(net, volumes, axes):
    network, batch = net(axes=axes), volumes(axes)
    options = {"levels": 10, "finest": 40, "coarsest": 2, "smallest": 2, "radii": 2}
    ours = attribute(network, batch, "hierarchical_occlusion", target=1, score="logit", **options)
    counts = {name: value for name, value in options.items() if name != "radii"}
    for one, volume in zip(ours[:, 0], batch, strict=True):
        inside = torch.ones(volume.shape[1:], dtype=torch.bool)
        levels = nested_segments(
            boundary_strength(volume, inside, [2]).numpy(), inside.numpy(), volume.numpy(), **counts
        )
        expected = looped(network.eval(), volume, torch.from_numpy(levels), 1)
        torch.testing.assert_close(one, expected, rtol=1e-10, atol=1e-12)


def test_repeated_levels_and_other_numbers_change_nothing_and_cost_no_pass(net, volumes):
    class Counted(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner, self.seen = net(), 0

        def forward(self, batch):
            self.seen += len(batch)
            return self.inner(batch)

    levels, plain, repeated = halves((7, 6, 9)), Counted(), Counted()
    more = torch.stack([levels[0], levels[0] * 7, levels[1], levels[1], 20 - levels[1], *levels[2:], levels[3]])
    once = attribute(plain, volumes(), "hierarchical_occlusion", target=1, segments=levels)
    often = attribute(repeated, volumes(), "hierarchical_occlusion", target=1, segments=more)
    assert torch.equal(once, often)
    # each volume as it is, and 8 + 4 + 2 + 1 segments
    assert plain.seen == repeated.seen == 3 * (1 + 15)


def test_a_segment_that_levels_share_costs_one_pass(volumes):
    levels = halves((7, 6, 9))
    coarse = torch.where(levels[0] > 2, levels[0], 1)
    with notes() as said:
        attribute(Planted(), volumes(), "hierarchical_occlusion", target=0, segments=torch.stack([levels[0], coarse]))
    assert said == {"levels": [2, 2, 2], "segments": [9, 9, 9], "path": "whole passes"}


def test_a_planted_cube_is_found_and_the_background_gets_nothing(cubes):
    maps = attribute(Planted(), cubes, "hierarchical_occlusion", target=0, radii=(2, 4))[:, 0]
    for one, volume in zip(maps, cubes[:, 0], strict=True):
        assert (one[volume == 0] == 0).all()
        assert (one >= 0).all() and one[4:10, 5:11, 6:12].mean() > 3 * one[(volume != 0) & (volume < 1.5)].mean()
        assert (volume.flatten()[one.flatten().topk(150).indices] > 1.5).all()


def test_positive_means_evidence_for_the_class(cubes):
    class Against(nn.Module):
        def forward(self, volumes):
            return -Planted()(volumes)

    maps = attribute(Against(), cubes, "hierarchical_occlusion", target=0, radii=2, finest=30, levels=5)
    assert (maps <= 0).all() and (maps < 0).any()
    ours = attribute(Against(), cubes, "hierarchical_occlusion", target=0, radii=2, finest=30, positive=True)
    assert (ours == 0).all()


def test_a_linear_network_drops_by_the_mean_over_levels_of_what_each_segment_adds(volumes):
    batch, levels = volumes(), halves((7, 6, 9))
    linear = nn.Linear(batch[0].numel(), 1, bias=False).double()
    maps = attribute(nn.Sequential(nn.Flatten(), linear), batch, "hierarchical_occlusion", target=0, segments=levels)
    share = (batch * linear.weight.detach().reshape(batch.shape[1:])).flatten(1)
    sums = [share.new_zeros(3, 9).index_add(1, level.flatten(), share)[:, level] for level in levels]
    torch.testing.assert_close(maps[:, 0], torch.stack(sums).mean(0), rtol=1e-10, atol=1e-12)


def test_a_volume_that_is_all_background_gets_zeros(net):
    flat = torch.full((2, 1, 7, 6, 9), 3.0, dtype=torch.float64)
    assert (attribute(net(), flat, "hierarchical_occlusion") == 0).all()


def test_a_mask_says_what_is_inside(net, volumes):
    mask = torch.zeros(3, 7, 6, 9)
    mask[:, 1:5, 1:5, 2:8] = 1
    mask[1, 3] = 0
    maps = attribute(net(), volumes(), "hierarchical_occlusion", target=1, mask=mask, smallest=1)[:, 0]
    assert (maps[mask == 0] == 0).all() and (maps[mask == 1] != 0).all()


def test_background_is_the_borders_common_value_as_far_as_it_reaches(volumes, brain):
    assert foreground(volumes()).all()
    brain[:, :, 5, 3, 3] = 0
    inside = foreground(brain)
    expected = torch.zeros(7, 6, 9, dtype=torch.bool)
    # the zero inside is part of the head
    expected[3:, :, :6] = True
    assert all(torch.equal(one, expected) for one in inside)
    assert torch.equal(foreground(brain + 4), inside)


@pytest.mark.parametrize(
    ("options", "fault", "words"),
    [
        ({"segments": torch.ones(2, 7, 6, 8)}, InputError, r"segments have shape \(2, 7, 6, 8\), volumes \(7, 6, 9\)"),
        ({"segments": halves((7, 6, 9)).flip(0)}, InputError, "level 1 is no union of segments of level 0"),
        ({"segments": "3ducm"}, SettingsError, "segments are a str"),
        ({"segments": halves((7, 6, 9)) / 2}, InputError, "segments are torch.float32 with parts of whole numbers"),
        ({"segments": halves((7, 6, 9)), "mask": torch.ones(7, 6, 9)}, SettingsError, "mask is given with segments"),
        ({"mask": torch.ones(7, 6)}, InputError, r"mask has shape \(7, 6\), volumes \(7, 6, 9\)"),
        ({"levels": 0}, SettingsError, "levels is 0"),
        ({"radii": ()}, SettingsError, "radii are empty"),
        ({"radii": (2, 0.5)}, SettingsError, "radii is 0.5"),
    ],
)
def test_a_wrong_option_is_refused_in_one_line(net, volumes, options, fault, words):
    with pytest.raises(fault, match=words) as refusal:
        attribute(net(), volumes(), "hierarchical_occlusion", **options)
    assert "\n" not in str(refusal.value)
