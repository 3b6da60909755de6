import numpy as np
import pytest
from scipy.stats import nct, norm, ttest_ind

from voxplain.insight.effect_sizes import hedges_g


def test_an_effect_size_worked_by_hand():
    # means 4 and 2, pooled variance (2 + 2) / 4 = 1, 4 degrees of freedom: J = gamma(2) / (sqrt(2) gamma(1.5))
    found = hedges_g([3, 4, 5], [1, 2, 3])
    assert found.g == pytest.approx(2 / (np.sqrt(2) * np.sqrt(np.pi) / 2))
    assert found.low < found.g < found.high


@pytest.mark.parametrize("shift", [0.0, 0.7, -2.5])
def test_the_ends_are_where_the_noncentral_t_leaves_a_fortieth_on_either_side(shift):
    generator = np.random.default_rng(3)
    first, second = generator.normal(shift, size=9), generator.normal(size=14)
    found = hedges_g(first, second)
    t = ttest_ind(first, second).statistic
    factor = found.g / t  # sqrt(1 / 9 + 1 / 14) times what makes it unbiased
    assert nct.cdf(t, 21, found.low / factor) == pytest.approx(0.975, abs=1e-6)
    assert nct.cdf(t, 21, found.high / factor) == pytest.approx(0.025, abs=1e-6)


def test_many_subjects_have_the_normal_interval():
    generator = np.random.default_rng(4)
    first, second = generator.normal(0.4, size=4000), generator.normal(size=3000)
    found = hedges_g(first, second)
    error = np.sqrt(1 / 4000 + 1 / 3000 + found.g**2 / 2 / 7000)
    assert [found.low, found.high] == pytest.approx(found.g + norm.ppf([0.025, 0.975]) * error, abs=1e-3)


def test_the_mean_over_draws_is_the_true_effect_and_19_of_20_intervals_hold_it():
    generator = np.random.default_rng(5)
    drawn = [hedges_g(generator.normal(1.0, size=6), generator.normal(size=7)) for _ in range(2000)]
    assert np.mean([one.g for one in drawn]) == pytest.approx(1, abs=0.05)  # Cohen's d would be 1.07
    assert np.mean([one.low < 1 < one.high for one in drawn]) == pytest.approx(0.95, abs=0.02)


def test_groups_the_other_way_round_have_the_mirrored_effect():
    first, second = [1.0, 2.5, 3.0, 7.0], [2.0, 2.2, 1.9]
    there, back = hedges_g(first, second), hedges_g(second, first)
    np.testing.assert_allclose(there, [-back.g, -back.high, -back.low], rtol=1e-12)


def test_groups_that_do_not_vary_or_are_one_subject_have_none():
    assert np.isnan(hedges_g([1, 1], [2, 2])).all() and np.isnan(hedges_g([1], [2, 3])).all()
