"""Ideal inputs beside closed forms, a plain loop, and templates that were planted in networks."""

import numpy as np
import pytest
import torch

from tests.library.insight.made_templates import BARE, Detector, Linear, Template, brains, two_blobs, two_layers
from voxplain.insight.activation_maximisation import maximise_activation
from voxplain.insight.training_brains import training_brains


def correlation(map_a, map_b, inside):
    return float(np.corrcoef(np.asarray(map_a)[inside], np.asarray(map_b)[inside])[0, 1])


@pytest.mark.parametrize(
    "start", ["noise", "mean", "subject", brains(1, seed=9)[0]], ids=["noise", "mean", "subject", "given"]
)
def test_the_change_is_like_the_planted_template_from_every_start(start):
    scans, template = brains(), two_blobs()
    found = maximise_activation(Template(template), scans, 1, start=start, draws=2)
    inside = (scans != 0).any(0)[0].numpy()
    for change in found.changes[:, 0]:
        assert correlation(change, template, inside) > 0.9
    down = maximise_activation(Template(template), scans, 1, start=start, draws=1, direction="down")
    assert correlation(down.changes[0, 0], template, inside) < -0.9
    other = maximise_activation(Template(template), scans, 0, start=start, draws=1)
    np.testing.assert_allclose(other.changes[0], down.changes[0], atol=1e-4)


def test_a_kernel_is_found_again_where_the_search_happened_to_begin():
    kernel = two_blobs()[2:9, 3:7, 4:10]
    kernel = kernel - kernel.mean()
    network = Detector(kernel)
    found = maximise_activation(network, brains(masked=False), 0, start="noise", draws=3, jitter=0)
    ends = set()
    for one in torch.from_numpy(found.inputs).double():
        answers = network.conv(one[None]).detach()[0, 0]
        at = np.unravel_index(int(answers.argmax()), answers.shape)
        patch = one[(0, *(slice(first, first + length) for first, length in zip(at, kernel.shape, strict=True)))]
        assert correlation(patch, kernel, np.ones(kernel.shape, bool)) > 0.8
        ends.add(at)
    assert len(ends) > 1


def test_the_unit_of_a_score_plays_no_part():
    scans, weights = brains().float(), two_blobs().float()[None, None]
    large, tiny = (
        maximise_activation(Linear(factor * weights), scans, 0, draws=1, iterations=20).inputs
        for factor in (1e3, 1e-25)
    )
    np.testing.assert_allclose(large, tiny, rtol=1e-4)


def test_the_optimum_of_a_linear_network_is_the_closed_form():
    scans = brains(channels=2)
    # even, so that no voxel is so far above the rest that its pull is cut
    weights = 2 * torch.rand(3, *scans.shape[1:], dtype=torch.float64, generator=torch.Generator().manual_seed(6)) - 1
    known = training_brains(scans)
    options = BARE | {"l2": 0.8, "noise": 0.5, "rate": 0.5, "iterations": 200}
    found = maximise_activation(Linear(weights), 1.0 * scans, 2, score="logit", draws=1, brains=known, **options)
    # what one spread more of each voxel adds to the score
    slope = weights[2] * known.spread[:, None, None, None] * known.varying
    optimum = slope / slope[known.varying].square().mean().sqrt() / 0.8
    np.testing.assert_allclose(known.standardised(torch.from_numpy(found.inputs[0])).numpy(), optimum, atol=1e-4)
    expected = (weights[2] * known.restored(optimum)).sum()
    assert found.draws["score_after"][0] == pytest.approx(float(expected), rel=1e-4)


def test_it_is_the_formula_followed_step_by_step():
    scans, network = brains(channels=2), two_layers(channels=2)
    settings = {"l2": 0.2, "tv": 0.1, "subspace": 0.3, "blur": 0, "jitter": 0}
    known = training_brains(scans, 3)
    begin = known.varying * torch.randn(known.mean.shape, generator=torch.Generator().manual_seed(1))
    begin = known.restored(begin.clamp(*known.limits()))
    asked = {"start": begin, "noise": 0, "draws": 1, "iterations": 7, "rate": 0.2, "components": 3}
    found = maximise_activation(network, scans, 2, **asked, **settings)

    network.eval()
    mean, inside = scans.mean(0), (scans.amax(0) > scans.amin(0)).double()
    spread = ((scans - mean).square().mean(0) * inside).sum((1, 2, 3)).div(inside.sum((1, 2, 3))).sqrt()
    spread, flat = spread[:, None, None, None], ((scans - mean) / spread[:, None, None, None]).flatten(1)
    _, _, axes = torch.linalg.svd(flat, full_matrices=False)
    variances = (flat @ axes[:3].T).square().mean(0)
    left = (flat.square().sum(1).mean() - variances.sum()) / (inside.sum() - 3)
    ends = (scans.amin((0, 2, 3, 4), True)[0], scans.amax((0, 2, 3, 4), True)[0])
    low, high = ((one - mean) / spread * inside for one in ends)
    place = centre = (begin - mean) / spread * inside
    for step in range(7):
        place = place.detach().requires_grad_()
        score = network((mean + spread * place)[None])[0, 2]
        change, along = place - centre, axes[:3] @ place.flatten()
        off = place.flatten() - along @ axes[:3]
        density = (off.square().sum() + left * (along**2 / variances).sum()) / 2
        penalty = 0.2 * change.square().sum() / 2 + 0.3 * density
        for axis in (1, 2, 3):
            penalty = penalty + 0.1 * change.diff(dim=axis).square().sum() / 2
        upwards = torch.autograd.grad(score, place, retain_graph=True)[0]
        back = torch.autograd.grad(penalty, place)[0]
        place = place.detach()
        upwards[(place >= high) & (upwards > 0) | (place <= low) & (upwards < 0) | (inside == 0)] = 0
        upwards = (upwards / upwards[upwards != 0].square().mean().sqrt()).clamp(-3, 3)
        pace = 0.2 * (1 + np.cos(np.pi * step / 7)) / 2
        place = torch.minimum(torch.maximum(place + pace * (upwards - back) * inside, low), high)
    np.testing.assert_allclose(found.inputs[0], (mean + spread * place).numpy(), rtol=1e-5, atol=1e-4)
    assert found.draws["score_after"][0] == pytest.approx(float(network((mean + spread * place)[None])[0, 2].detach()))
