import numpy as np
import pytest
from scipy.stats import entropy

from voxplain.sanity.complexity import complexity, relative_rise


def test_the_complexity_of_eight_values_worked_by_hand():
    # three intervals from 0 to 3: 0 0.5 | 1 1.5 | 2 2.5 3 3: shares 1/4, 1/4, 1/2
    values = np.array([0, -0.5, 1, -1.5, 2, 2.5, -3, 3])
    expected = 0.25 * np.log(4) + 0.25 * np.log(4) + 0.5 * np.log(2)
    assert complexity(values, 3) == pytest.approx(expected)


def test_complexity_agrees_with_scipy_and_does_not_know_the_scale():
    values = np.random.default_rng(1).standard_normal(500)
    counts, _ = np.histogram(np.abs(values), 40)
    assert complexity(values, 40) == pytest.approx(entropy(counts))
    assert complexity(1e-6 * values, 40) == pytest.approx(entropy(counts))


def test_noise_is_more_complex_than_a_map_of_few_strong_voxels():
    few = np.zeros(1000)
    few[:10] = 1
    assert complexity(few, 50) < 0.1 < complexity(np.random.default_rng(1).random(1000), 50)


@pytest.mark.parametrize("values", [np.ones(9), np.array([1, np.nan]), np.array([])])
def test_the_complexity_of_a_constant_map_is_undefined(values):
    assert np.isnan(complexity(values, 10))


def test_a_rise_is_relative_to_the_trained_networks_map():
    assert relative_rise(2.0, 3.0) == pytest.approx(0.5)
    assert np.isnan(relative_rise(0.0, 3.0))
    assert np.isnan(relative_rise(np.nan, 3.0))
