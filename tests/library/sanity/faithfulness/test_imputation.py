import numpy as np
import pytest

from voxplain.sanity.faithfulness.imputation import imputed


def as_defined(volume, missing, region):
    """The linear system written down: each missing voxel is the weighted mean of its neighbours in the region."""
    places = np.argwhere(missing & region)
    number = {tuple(place): row for row, place in enumerate(places)}
    matrix, given = np.zeros((len(places), len(places))), np.zeros(len(places))
    for row, place in enumerate(places):
        for step in np.ndindex(3, 3, 3):
            step = np.array(step) - 1
            other = tuple(place + step)
            inside = all(0 <= at < size for at, size in zip(other, volume.shape, strict=True))
            if not step.any() or not inside or not region[other]:
                continue
            weight = 1 / (step @ step)
            matrix[row, row] += weight
            if other in number:
                matrix[row, number[other]] -= weight
            else:
                given[row] += weight * volume[other]
    found = volume.copy()
    found[tuple(places.T)] = np.linalg.solve(matrix, given)
    return found


@pytest.fixture
def drawn():
    return np.random.default_rng(4)


def test_imputed_voxels_solve_the_system_as_it_is_defined(drawn):
    volume = drawn.standard_normal((5, 7, 4))
    region = np.ones(volume.shape, bool)
    region[0] = region[:, 0, 1:] = False
    missing = drawn.random(volume.shape) < 0.6
    found = imputed(volume[None], missing, region, noise=0, tolerance=1e-10)[0]
    assert np.allclose(found, as_defined(volume, missing, region), atol=1e-5)


def test_in_the_plane_it_is_the_imputation_of_quantus(quantus, drawn):
    from quantus.functions.perturb_func import noisy_linear_imputation

    image = drawn.standard_normal((2, 9, 6))
    missing = drawn.random((9, 6)) < 0.7
    expected = noisy_linear_imputation(image.copy(), np.flatnonzero(missing), noise=0)
    volume = image[..., None]
    found = imputed(volume, missing[..., None], np.ones((9, 6, 1), bool), noise=0, tolerance=1e-10)
    assert np.allclose(found[..., 0], expected, atol=1e-5)


def test_a_linear_ramp_is_filled_in_as_it_was():
    ramp = np.add.outer(np.add.outer(np.arange(9.0), 2 * np.arange(7.0)), -np.arange(8.0))
    missing = np.zeros(ramp.shape, bool)
    missing[3:6, 2:5, 3:5] = True
    found = imputed(ramp[None], missing, np.ones(ramp.shape, bool), noise=0, tolerance=1e-8)[0]
    assert np.allclose(found, ramp, atol=1e-4)


def test_the_shipped_tolerance_is_far_below_the_noise(drawn):
    from scipy.ndimage import gaussian_filter

    volume = gaussian_filter(drawn.standard_normal((20, 24, 18)), 2)
    missing = drawn.random(volume.shape) < 0.6
    region = np.ones(volume.shape, bool)
    close, exact = (imputed(volume[None], missing, region, noise=0, **how)[0] for how in ({}, {"tolerance": 1e-9}))
    assert np.abs(close - exact).max() < 0.01 * volume.std()


def test_known_voxels_stay_and_the_noise_has_the_size_that_was_asked_for(drawn):
    volume = 5 + drawn.standard_normal((12, 14, 10)).astype(np.float32)
    missing = drawn.random(volume.shape) < 0.5
    region = np.ones(volume.shape, bool)
    plain, noisy, again = (imputed(volume[None], missing, region, noise=n, seed=3)[0] for n in (0, 0.5, 0.5))
    assert (noisy[~missing] == volume[~missing]).all()
    assert (noisy - plain)[missing].std() == pytest.approx(0.5 * volume.std(), rel=0.1)
    assert (noisy == again).all()


def test_a_part_that_touches_nothing_known_gets_the_mean_of_the_known(drawn):
    volume = drawn.standard_normal((9, 3, 3))
    region = np.ones(volume.shape, bool)
    region[4] = False
    missing = np.zeros(volume.shape, bool)
    missing[5:] = True
    found = imputed(volume[None], missing, region, noise=0)[0]
    assert np.allclose(found[5:], volume[:4].mean(), atol=1e-5)
    everything = imputed(volume[None], region, region)[0]
    assert np.allclose(everything, volume), "with nothing known there is nothing to fill in from"
