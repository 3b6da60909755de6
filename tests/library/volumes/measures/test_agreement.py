import numpy as np
import pytest
from sklearn.metrics import mutual_info_score

from voxplain.volumes.measures.agreement import correlation, dice, mutual_information

ALL = np.ones((8, 9, 10))


def test_dice_of_masks_worked_by_hand():
    one, other = np.zeros((4, 5, 6)), np.zeros((4, 5, 6))
    one[:2], other[1:4] = 1, 1
    assert dice(one, other) == pytest.approx(2 * 30 / (60 + 90))
    assert dice(one, one) == 1 and dice(one, 1 - one) == 0 and dice(one * 0, one * 0) == 0


def test_correlation_looks_only_inside_and_has_no_opinion_on_a_constant_or_on_nothing():
    generator = np.random.default_rng(6)
    one, inside = generator.normal(size=(8, 9, 10)), np.zeros((8, 9, 10))
    inside[:, 2:7] = 1
    other = np.where(inside > 0, 3 * one + 4, generator.normal(size=one.shape))
    assert correlation(one, other, inside) == pytest.approx(1)
    assert correlation(one, np.ones_like(one), inside) == 0 and correlation(one, other, 0 * ALL) == 0


def test_what_tells_the_other_shares_all_information_whatever_its_contrast():
    levels = np.random.default_rng(1).integers(0, 4, (8, 9, 10))
    swapped = np.array([10.0, -2.0, 7.0, 3.0])[levels]
    assert mutual_information(levels, levels, ALL) == pytest.approx(2)
    assert mutual_information(levels, swapped, ALL) == pytest.approx(2)


def test_mutual_information_of_four_counted_cases():
    one, other = np.zeros((4, 4, 4)), np.zeros((4, 4, 4))
    one[2:], other[:, 2:], other[0] = 1, 1, 0
    counts = np.array([[24, 8], [16, 16]]) / 64
    single = -sum((side * np.log(side)).sum() for side in (counts.sum(0), counts.sum(1)))
    assert mutual_information(one, other, np.ones((4, 4, 4))) == pytest.approx(
        single / -(counts * np.log(counts)).sum()
    )


def test_mutual_information_agrees_with_scikit_learns_on_the_same_bins():
    generator = np.random.default_rng(2)
    one = generator.normal(size=(20, 21, 22))
    other = np.abs(one) + 0.3 * generator.normal(size=one.shape)

    def binned(data):
        edges = np.linspace(*np.percentile(data, (0.5, 99.5)), 33)
        return np.digitize(data.ravel(), edges[1:-1])

    first, second = binned(one), binned(other)
    shared, alone = mutual_info_score(first, second), [mutual_info_score(x, x) for x in (first, second)]
    expected = sum(alone) / (sum(alone) - shared)
    assert mutual_information(one, other, np.ones(one.shape)) == pytest.approx(expected, abs=1e-3)
    assert expected > 1.1


def test_unrelated_volumes_share_next_to_nothing_and_constants_nothing():
    one, other = np.random.default_rng(3).normal(size=(2, 60, 60, 60))
    everywhere = np.ones(one.shape)
    assert 1 <= mutual_information(one, other, everywhere) < 1.001
    assert mutual_information(one, one * 0, everywhere) == 1 and mutual_information(one * 0, one * 0, everywhere) == 1
    assert mutual_information(one, other, 0 * everywhere) == 1


def test_one_hot_vessel_does_not_take_most_bins():
    one = np.random.default_rng(4).normal(size=(20, 20, 20))
    hot = one.copy()
    hot[3, 3, 3] = 1e6
    everywhere = np.ones(one.shape)
    assert mutual_information(hot, one, everywhere) > 1.85
