"""Principal axes of training scans, and what lies near them."""

import numpy as np
import pytest
import torch
from scipy.stats import multivariate_normal
from sklearn.decomposition import PCA

from voxplain.errors import InputError, SettingsError
from voxplain.insight.subspace import principal_subspace
from voxplain.insight.training_brains import training_brains


def vectors(count, length, seed=3):
    generator = torch.Generator().manual_seed(seed)
    steep = torch.linspace(3, 0.3, length, dtype=torch.float64)
    made = torch.randn(count, length, dtype=torch.float64, generator=generator) * steep
    return made - made.mean(0)


@pytest.fixture
def scans():
    generator = torch.Generator().manual_seed(5)
    made = 100 + 20 * torch.randn(12, 2, 7, 6, 9, generator=generator, dtype=torch.float64)
    made[:, 1] *= 0.01
    made[:, :, :2] = 0
    return made


@pytest.mark.parametrize("megabytes", [100, 0.002])
def test_the_axes_are_those_of_scikit_learn_however_they_are_read(megabytes):
    made = vectors(11, 40)
    found, theirs = principal_subspace(made, 4, 40, megabytes), PCA(4, svd_solver="full").fit(made.numpy())
    turned = np.sign((found.axes.numpy() * theirs.components_).sum(1, keepdims=True))
    np.testing.assert_allclose(found.axes.numpy(), theirs.components_ * turned, atol=1e-10)
    np.testing.assert_allclose(found.sds.numpy() ** 2, theirs.explained_variance_ * 10 / 11)
    assert found.share == pytest.approx(theirs.explained_variance_ratio_.sum())
    # theirs is shared among the directions that few scans can span, ours among all voxels
    assert found.noise**2 == pytest.approx(theirs.noise_variance_ * 10 / 11 * (11 - 4) / (40 - 4))


def test_the_penalty_is_the_log_density_of_probabilistic_principal_components():
    made = vectors(30, 6)
    found = principal_subspace(made, 2, 6)
    axes, sds = found.axes.numpy(), found.sds.numpy()
    off = np.eye(6) - axes.T @ axes
    law = multivariate_normal(cov=axes.T @ np.diag(sds**2) @ axes + found.noise**2 * off)
    ours = np.array([float(found.penalty(one)) for one in made]) / found.noise**2
    np.testing.assert_allclose(ours - ours[0], law.logpdf(made[0].numpy()) - law.logpdf(made.numpy()), atol=1e-10)


def test_the_slope_is_the_penaltys_gradient():
    found = principal_subspace(vectors(9, 24), 3, 24)
    place = vectors(2, 24, seed=8)[0].view(2, 3, 4).requires_grad_()
    expected = torch.autograd.grad(found.penalty(place), place)[0]
    torch.testing.assert_close(found.slope(place.detach()), expected)


def test_training_scans_lie_about_one_off_the_axes_and_what_has_another_shape_farther():
    made = vectors(40, 30)
    found = principal_subspace(made, 5, 30)
    squares = np.mean([found.distance(one) ** 2 for one in made])
    assert squares == pytest.approx((30 - 5) / 30)
    assert found.distance(10 * found.off(made[0])) > 5


def test_the_nearest_lies_on_the_axes_and_within_reach():
    found = principal_subspace(vectors(9, 24), 3, 24)
    nearest = found.nearest(50 * vectors(2, 24, seed=8)[0], 2.0)
    assert found.distance(nearest) < 1e-10
    assert float(found.coordinates(nearest).abs().max()) == pytest.approx(2)
    torch.testing.assert_close(found.nearest(nearest, 2.0), nearest)


def test_brains_are_measured_as_numpy_measures_them(scans):
    found, plain = training_brains(scans, 3), scans.numpy()
    np.testing.assert_allclose(found.mean.numpy(), plain.mean(0), atol=1e-12)
    assert (
        torch.equal(found.varying[:, 2:], torch.ones(2, 5, 6, 9, dtype=torch.bool)) and not found.varying[:, :2].any()
    )
    inside = plain[:, :, 2:]
    np.testing.assert_allclose(found.spread.numpy(), inside.std(0).__pow__(2).mean((1, 2, 3)) ** 0.5)
    np.testing.assert_allclose(found.level.numpy(), inside.mean((0, 2, 3, 4)))
    np.testing.assert_allclose(found.high.numpy(), plain.max((0, 2, 3, 4)))


def test_a_scan_comes_back_from_its_difference_and_the_limits_hold_all_scans(scans):
    found = training_brains(scans)
    low, high = found.limits()
    for scan in scans:
        difference = found.standardised(scan)
        torch.testing.assert_close(found.restored(difference), scan)
        assert (difference >= low - 1e-9).all() and (difference <= high + 1e-9).all()


def test_principal_axes_never_leave_the_voxels_that_vary(scans):
    axes = training_brains(scans, 4).subspace.axes.view(4, 2, 7, 6, 9)
    assert (axes[:, :, :2] == 0).all() and (axes[:, :, 2:] != 0).any()


@pytest.mark.parametrize(
    ("volumes", "components", "fault", "words"),
    [
        (torch.zeros(1, 1, 3, 3, 3), 0, InputError, "1 training scans; what is usual among them takes at least 2"),
        (torch.zeros(4, 1, 3, 3, 3), 0, InputError, "the 4 training scans are all the same in a channel"),
        (torch.eye(4)[:, None, None, None], 4, SettingsError, "components is 4, but there are 4 training scans"),
        (torch.eye(4)[:, None, None, None], -1, SettingsError, "components is -1"),
        ([torch.zeros(1, 3, 3, 3), torch.zeros(1, 3, 3, 4)], 0, InputError, "scan 1 has shape"),
        ([torch.zeros(1, 3, 3), torch.full((1, 3, 3), torch.nan)], 0, InputError, "scan 1 holds NaN"),
        (torch.eye(2)[[0, 1, 0, 1]][:, None, None], 2, InputError, "differ in 1 directions; give fewer components"),
    ],
)
def test_scans_that_cannot_be_measured_are_refused_in_one_line(volumes, components, fault, words):
    with pytest.raises(fault, match=words) as refusal:
        training_brains(volumes, components)
    assert "\n" not in str(refusal.value)
