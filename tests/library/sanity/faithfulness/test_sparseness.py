import numpy as np
import pytest

from voxplain.sanity.faithfulness.sparseness import gini


def test_the_index_is_quantus_sparseness(quantus, made):
    values = np.random.default_rng(1).standard_normal((1, 1, 5, 7, 6)).astype(np.float32)
    sparseness = quantus.Sparseness(abs=True, normalise=False, disable_warnings=True)
    expected = sparseness(made.curved, made.volume[None].numpy(), np.array([1]), values, channel_first=True)
    assert gini(values.ravel()) == pytest.approx(expected[0], abs=1e-4)


def test_it_is_the_mean_difference_of_all_pairs():
    values = np.abs(np.random.default_rng(3).standard_normal(50))
    expected = np.abs(values[:, None] - values).mean() / (2 * values.mean())
    assert gini(values) == pytest.approx(expected)


def test_one_voxel_that_holds_everything_is_nearly_one_and_signs_do_not_count():
    values = np.zeros(200)
    values[17] = -3
    assert gini(values) == pytest.approx(1 - 1 / 200)
    assert gini(np.tile([1.0, -1.0], 30)) == pytest.approx(0)


@pytest.mark.parametrize("values", [np.zeros(5), np.full(5, 2.0), np.array([1, np.inf, 2]), np.zeros(0)])
def test_a_map_that_is_constant_or_not_finite_has_none(values):
    assert np.isnan(gini(values))
