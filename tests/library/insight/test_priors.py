"""What an ideal input is held back by."""

import pytest
import torch

from voxplain.attribution.baselines import blurred
from voxplain.errors import SettingsError
from voxplain.insight.priors import Priors, variation, variation_slope
from voxplain.insight.training_brains import training_brains


def noise(*shape, seed=1):
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def test_the_variation_of_a_small_image_is_worked_by_hand():
    image = torch.tensor([[[1.0, 3.0], [0.0, 7.0]]])
    # along the first axis 1 and 16, along the second 4 and 49
    assert variation(image) == 70
    assert torch.equal(variation_slope(image), torch.tensor([[[1.0 - 2, 2.0 - 4], [-1.0 - 7, 4.0 + 7]]]))


@pytest.mark.parametrize("shape", [(2, 7, 6, 9), (1, 7, 9), (1, 5, 1, 4)])
def test_the_slope_is_the_gradient_of_the_penalty(shape):
    brains = training_brains(noise(8, *shape), 3)
    priors = Priors(l2=0.3, tv=0.7, subspace=1.1)
    centre, place = noise(*shape, seed=2), noise(*shape, seed=3).requires_grad_()
    expected = torch.autograd.grad(priors.penalty(place - centre, place, brains), place)[0]
    place = place.detach()
    torch.testing.assert_close(priors.slope(place - centre, place, brains), expected)


def test_no_penalty_pulls_harder_than_the_stiffness_says():
    priors = Priors(l2=0.2, tv=0.6, subspace=0)
    # neighbours that take turns are pulled hardest
    grid = torch.stack(torch.meshgrid(*map(torch.arange, (6, 8, 7)), indexing="ij")).sum(0)
    turns = (1.0 - 2 * (grid % 2))[None]
    slope = priors.slope(turns, turns, None)
    assert slope.abs().max() == pytest.approx(priors.stiffness, rel=1e-6) or slope.abs().max() < priors.stiffness


def test_a_change_is_blurred_when_it_is_time():
    change, priors = noise(2, 7, 6, 9), Priors(blur=1.5, blur_every=4)
    assert torch.equal(priors.smoothed(change, 3), change)
    torch.testing.assert_close(priors.smoothed(change, 8), blurred(change[None], 1.5)[0])
    assert torch.equal(Priors(blur_every=0).smoothed(change, 8), change)
    assert torch.equal(Priors(blur=0).smoothed(change, 10), change)


def test_shifts_reach_as_far_as_the_jitter_to_both_sides():
    generator = torch.Generator().manual_seed(0)
    drawn = torch.tensor([Priors(jitter=2).shift(3, generator) for _ in range(200)])
    assert drawn.unique().tolist() == [-2, -1, 0, 1, 2]
    assert Priors(jitter=0).shift(3, generator) == [0, 0, 0]


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ({"l2": -1}, "l2 is -1; give a number of at least 0"),
        ({"tv": float("nan")}, "tv is nan"),
        ({"subspace": True}, "subspace is True"),
        ({"blur": "1"}, "blur is '1'"),
        ({"blur_every": 0.5}, "blur_every is 0.5; give a whole number of at least 0"),
        ({"jitter": -1}, "jitter is -1"),
        ({"projected": "yes"}, "projected is 'yes'; use one of True, False"),
    ],
)
def test_a_wrong_prior_is_refused_in_one_line(setting, words):
    with pytest.raises(SettingsError, match=words) as refusal:
        Priors(**setting)
    assert "\n" not in str(refusal.value)
