from itertools import product

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from voxplain.attribution.attribute import attribute
from voxplain.attribution.baselines import blurred
from voxplain.attribution.notes import notes
from voxplain.attribution.perturbation_settings import PRESETS, perturbation_settings
from voxplain.errors import SettingsError, UnsupportedModel

CUBE = (slice(5, 12), slice(7, 13), slice(9, 17))


class Planted(nn.Module):
    """The log-odds of class 1 are high while a cube is bright."""

    def forward(self, volumes):
        evidence = 8 * (volumes[:, 0][(slice(None), *CUBE)].mean((1, 2, 3)) - 1.5)
        return torch.stack([-evidence, evidence], 1) / 2


@pytest.fixture
def cubes():
    """Heads in a zero background with a bright cube, (3, 1, 22, 20, 25)."""
    made = 1 + 0.2 * torch.randn(3, 1, 22, 20, 25, dtype=torch.float64, generator=torch.Generator().manual_seed(5))
    made[(slice(None), 0, *CUBE)] += 1
    made[:, :, :2] = made[..., 22:] = 0
    return made


@pytest.fixture
def inside():
    there = torch.zeros(22, 20, 25, dtype=torch.bool)
    there[CUBE] = True
    return there


@pytest.mark.parametrize("fill", ["blur", "noise", 0.8])
@pytest.mark.parametrize("score", ["log_odds", "probability"])
def test_the_mask_covers_a_planted_cube_and_little_else(cubes, inside, fill, score):
    with notes() as said:
        maps = attribute(Planted(), cubes, "meaningful_perturbation", target=1, score=score, fill=fill)
    assert maps.min() >= 0 and maps.max() <= 1
    for one, left in zip(maps[:, 0], said["score_left"], strict=True):
        assert one[inside].mean() > 0.65 and one[~inside].mean() < 0.1
        assert left < 0.1


def test_the_probability_falls_below_its_goal(cubes):
    with notes() as said:
        options = {"objective": "score", "goal": 0.05, "fill": 0.0, "jitter": 0}
        maps = attribute(Planted(), cubes, "meaningful_perturbation", target=1, score="probability", **options)
    covered = cubes * (1 - maps)
    found = Planted()(covered).softmax(1)[:, 1]
    assert (Planted()(cubes).softmax(1)[:, 1] > 0.9).all()
    assert (found < 0.055).all()
    torch.testing.assert_close(torch.tensor(said["score_left"]).double(), found, rtol=1e-6, atol=0)


def test_preservation_keeps_the_planted_cube(cubes, inside):
    with notes() as said:
        maps = attribute(Planted(), cubes, "meaningful_perturbation", target=1, form="preservation")
    for one, left in zip(maps[:, 0], said["score_left"], strict=True):
        assert one[inside].mean() > 0.9 and one[~inside].mean() < 0.2
        assert left > 0.9


def plain(network, volumes, form, fill, steps, l1, tv, beta, goal, scale, sigma, rate, ramp):
    """The masks of voxels after ``steps``, from convolutions with a kernel, and AMSGrad written out, no shifts."""
    axes = volumes.dim() - 2
    mode, convolve = ("trilinear", F.conv3d) if axes == 3 else ("bilinear", F.conv2d)
    reach = max(volumes.shape)
    line = torch.exp(-(torch.arange(-reach, reach + 1, dtype=torch.float64) ** 2) / (2 * sigma**2))

    def smooth(values):
        ones = torch.ones_like(values)
        for axis in range(axes):
            kernel = line.view(1, 1, *(-1 if axis == one else 1 for one in range(axes)))
            pads = [reach if axis == one else 0 for one in range(axes)]
            values, ones = convolve(values, kernel, padding=pads), convolve(ones, kernel, padding=pads)
        return values / ones

    def laid(cells):
        return smooth(F.interpolate(cells[None, None], volumes.shape[2:], mode=mode, align_corners=False))[0]

    found = []
    for volume, cover in zip(volumes, fill, strict=True):
        whole = network(volume[None])[0, 1].item()
        drop = abs(whole - network(cover[None])[0, 1].item())
        cells = torch.ones([length // scale for length in volume.shape[1:]], dtype=torch.float64)
        first, second, largest = torch.zeros_like(cells), torch.zeros_like(cells), torch.zeros_like(cells)
        best, least = None, float("inf")
        for step in range(1, steps + 1):
            cells.requires_grad_()
            mask = laid(cells)
            share = 1 + (network((mask * volume + (1 - mask) * cover)[None])[0, 1] - whole) / drop
            variation = sum((mask.diff(dim=axis).abs() ** beta).mean() for axis in range(1, axes + 1))
            weight = min((step - 1) / ramp, 1) if ramp else 1
            if form == "deletion":
                total = (share - goal).clamp(min=0) + weight * (l1 * (1 - cells).mean() + tv * variation)
            else:
                total = (1 - goal - share).clamp(min=0) + weight * (l1 * cells.mean() + tv * variation)
            if step > ramp and total < least:
                best, least = mask.detach(), total.item()
            slope = torch.autograd.grad(total, cells)[0]
            first, second = 0.9 * first + 0.1 * slope, 0.99 * second + 0.01 * slope**2
            largest = torch.maximum(largest, second)
            pace = (largest / (1 - 0.99**step)).sqrt() + 1e-8
            cells = (cells.detach() - rate * first / (1 - 0.9**step) / pace).clamp(0, 1)
        found.append(1 - best if form == "deletion" else best)
    return torch.stack(found)


@pytest.mark.parametrize("axes", [2, 3])
@pytest.mark.parametrize("form", ["deletion", "preservation"])
@pytest.mark.parametrize("ramp", [0, 7])
def test_it_is_the_formula_followed_step_by_step(net, volumes, differs, monkeypatch, axes, form, ramp):
    network, batch = net(axes=axes, channels=2).eval(), volumes(axes, channels=2)
    for name in ("ramp", "keep_after"):
        monkeypatch.setitem(PRESETS["smooth"], name, ramp)
    values = {"l1": 0.3, "tv": 0.5, "beta": 3, "goal": 0.05, "rate": 0.07}
    options = {"mask_scale": 3, "mask_blur": 1.5, "iterations": 12, "jitter": 0, "fill": "blur", "form": form}
    ours = attribute(network, batch, "meaningful_perturbation", target=1, score="logit", **options, **values)
    theirs = plain(network, batch, form, blurred(batch, 5.0), steps=12, scale=3, sigma=1.5, ramp=ramp, **values)
    assert ((theirs > 0.01) & (theirs < 0.99)).any()
    assert differs(ours, theirs.expand_as(ours)) < 1e-10


def test_shifts_come_from_the_seed_and_shift_volume_and_fill_alike(net, volumes):
    options = {"target": 1, "iterations": 6, "jitter": 2, "samples": 3}
    one, same, other = (
        attribute(net(), volumes(), "meaningful_perturbation", seed=seed, **options) for seed in (1, 1, 2)
    )
    assert torch.equal(one, same) and not torch.equal(one, other)
    # what covers is what is there: nothing ever changes, and a mask of ones costs least
    batch = volumes()
    assert (attribute(net(), batch, "meaningful_perturbation", fill=batch, **options) == 0).all()


def test_a_score_that_rises_when_all_is_covered_is_still_asked_to_fall(cubes):
    maps = attribute(Planted(), cubes - 1.2, "meaningful_perturbation", target=1, score="log_odds", fill=3.0)
    assert torch.isfinite(maps).all()
    # covering raises this score: there is nothing to take away
    assert maps.max() < 0.2


def test_several_fills_are_averaged_over(cubes, inside):
    maps = attribute(Planted(), cubes, "meaningful_perturbation", target=1, fill=["blur", "noise"], iterations=60)
    assert (maps[:, 0, inside].mean(1) > 0.7).all() and (maps[:, 0, ~inside].mean(1) < 0.15).all()


def test_the_published_values_are_a_preset(cubes, inside):
    published = {"l1": 3, "tv": 1, "beta": 7, "mask_scale": 4, "mask_blur": 10, "kernel": 5, "fill": {"blur": 10}}
    published |= {"iterations": 300, "rate": 0.3, "decay": (30, 0.1), "samples": 10, "jitter": 4, "goal": 0.05}
    # penalties grow for a fifth of the steps, and of the first fifty no mask is kept
    published |= {"ramp": 60, "keep_after": 51, "objective": "score", "padding": "zeros", "shown": "cells"}
    assert published == PRESETS["kan2020"]
    options = {"preset": "kan2020", "iterations": 60, "samples": 2, "fill": 0.0}
    maps = attribute(Planted(), cubes, "meaningful_perturbation", target=1, score="probability", **options)
    assert (maps[:, 0, inside].mean(1) > 4 * maps[:, 0, ~inside].mean(1)).all()


def test_the_fast_preset_looks_for_the_same_and_finds_a_mask_that_is_no_worse(cubes):
    steering = {"iterations", "rate", "decay", "samples", "ramp", "keep_after"}
    published, fast = PRESETS["kan2020"], PRESETS["kan2020_fast"]
    assert all(published[name] == fast[name] for name in published.keys() - steering)

    def total(maps):
        """The published objective of shown masks, the mean over every second shift along each axis."""
        found = 0
        ones = torch.ones_like(maps)
        for offsets in product((0, 2, 4), repeat=3):
            ends = zip(offsets, cubes.shape[2:], strict=True)
            moved = F.pad(cubes, (0, 4) * 3)[(..., *(slice(at, at + length) for at, length in ends))]
            mask = F.avg_pool3d(1 - maps, 5, 1, 2) / F.avg_pool3d(ones, 5, 1, 2)
            probability = Planted()(mask * moved + (1 - mask) * 0.8).softmax(1)[:, 1]
            found = found + (probability - 0.05).clamp(min=0) / 27
        return found + 3 * maps.mean((1, 2, 3, 4))

    options = {"target": 1, "score": "probability", "fill": 0.8, "jitter": 4}
    slow, quick = (
        attribute(Planted(), cubes, "meaningful_perturbation", preset=preset, **options)
        for preset in ("kan2020", "kan2020_fast")
    )
    assert (total(quick) <= total(slow)).all() and (total(quick) < 0.9 * total(torch.zeros_like(cubes))).all()


def test_the_rate_falls_in_steps_or_along_half_a_cosine():
    stepped = perturbation_settings("deletion", "kan2020", {}, 0)
    assert [round(stepped.rate_at(one), 6) for one in (0, 29, 30, 60)] == [0.3, 0.3, 0.03, 0.003]
    smooth = perturbation_settings("deletion", "smooth", {"decay": "cosine", "iterations": 80, "rate": 0.2}, 0)
    assert [round(smooth.rate_at(one), 6) for one in (0, 40, 80)] == [0.2, 0.1, 0]


def test_a_short_kernel_blurs_the_fill_too(cubes):
    def change(width):
        """How much covering everything changes a voxel far from the border."""
        line = torch.exp(-(torch.arange(-(width // 2), width // 2 + 1, dtype=torch.float64) ** 2) / (2 * 5.0**2))
        cube = torch.einsum("i,j,k->ijk", line, line, line) / line.sum() ** 3
        return F.conv3d(cubes, cube[None, None], padding=width // 2)[:, 0, 10, 10, 10] - cubes[:, 0, 10, 10, 10]

    class OneVoxel(nn.Module):
        def forward(self, volumes):
            return volumes[:, 0, 10, 10, 10, None]

    options = {"objective": "score", "goal": 0, "l1": 0, "tv": 0, "mask_blur": 0, "mask_scale": 50, "jitter": 0}
    for fill in ("blur", {"blur": 5.0}):
        with notes() as said:
            attribute(OneVoxel(), cubes, "meaningful_perturbation", fill=fill, kernel=5, **options)
        left = torch.tensor(said["score_left"]) - cubes[:, 0, 10, 10, 10]
        torch.testing.assert_close(left.double(), change(5).clamp(max=0), rtol=1e-5, atol=1e-6)


def test_the_presets_cells_are_shown_bare(cubes):
    options = {"preset": "kan2020", "iterations": 3, "samples": 1, "fill": 0.0}
    maps = attribute(Planted(), cubes, "meaningful_perturbation", target=1, score="probability", **options)[:, 0]
    cells = [length // 4 for length in maps.shape[1:]]
    # linear interpolation of few cells: its rank along an axis is at most their number
    assert torch.linalg.matrix_rank(maps[0].reshape(22, -1)) <= cells[0]


def test_the_scale_of_the_mask_is_heeded(cubes):
    wide, narrow = (
        attribute(Planted(), cubes, "meaningful_perturbation", target=1, mask_scale=scale, iterations=40)
        for scale in (10, 2)
    )
    assert torch.linalg.matrix_rank(wide[0, 0].reshape(22, -1)) <= 3
    assert torch.linalg.matrix_rank(narrow[0, 0].reshape(22, -1)) > 3


def test_a_score_without_a_gradient_is_refused(cubes):
    class Counts(nn.Module):
        def forward(self, volumes):
            return (volumes > 1).flatten(1).sum(1, keepdim=True).to(volumes.dtype)

    with pytest.raises(UnsupportedModel, match="no gradient flows from the score to the volume") as refusal:
        attribute(Counts(), cubes, "meaningful_perturbation")
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"form": "delete"}, "form is 'delete'; use one of deletion, preservation"),
        ({"preset": "fong"}, "preset is 'fong'; use one of smooth, kan2020, kan2020_fast"),
        ({"objective": "drop"}, "objective is 'drop'"),
        ({"l1": -1}, "l1 is -1; give a number of at least 0"),
        ({"beta": 0.5}, "beta is 0.5; give a number of at least 1"),
        ({"rate": 0}, "rate is 0"),
        ({"kernel": 4}, "kernel is 4; give an odd number"),
        ({"decay": 30}, "decay is 30"),
        ({"decay": (0, 0.1)}, "decay is 0"),
        ({"mask_scale": 0}, "mask_scale is 0"),
        ({"jitter": -1}, "jitter is -1"),
        ({"seed": 0.5}, "seed is 0.5"),
        ({"fill": "median"}, "fill is 'median'"),
        ({"fill": {"blur": 0}, "kernel": 5}, "fill is {'blur': 0}"),
    ],
)
def test_a_wrong_option_is_refused_in_one_line(net, volumes, options, words):
    with pytest.raises(SettingsError, match=words) as refusal:
        attribute(net(), volumes(), "meaningful_perturbation", **options)
    assert "\n" not in str(refusal.value)
