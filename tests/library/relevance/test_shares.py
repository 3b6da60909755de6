from types import SimpleNamespace

import numpy as np
import pytest
from scipy.stats import bootstrap, ttest_ind

from voxplain.relevance.shares import excess, mean_with_interval, share_of, voxel_share
from voxplain.sanity.map_amounts import by_subject, map_amounts


def test_shares_of_four_voxels_worked_by_hand():
    values, part = np.array([1.0, -3, 4, 8]), np.array([True, True, False, False])
    where = np.array([True, True, True, False])
    assert share_of(values, part, where) == 0.5 and voxel_share(part, where) == pytest.approx(2 / 3)


@pytest.mark.parametrize("values", [np.zeros(4), np.ones(4), np.array([np.nan, 1, 1, 1]), np.array([np.inf, 1, 1, 1])])
def test_a_map_that_is_constant_or_not_finite_has_no_share(values):
    assert np.isnan(share_of(values, np.ones(4, bool), np.ones(4, bool)))
    assert np.isnan(voxel_share(np.ones(4, bool), np.zeros(4, bool)))


def test_the_interval_of_a_mean_is_scipys_percentile_bootstrap():
    values = np.random.default_rng(1).random(40)
    value, low, high = mean_with_interval(np.append(values, np.nan), 4000, [1])
    other = bootstrap((values,), np.mean, n_resamples=4000, method="percentile", rng=2).confidence_interval
    assert value == pytest.approx(values.mean())
    assert low == pytest.approx(other.low, abs=0.01) and high == pytest.approx(other.high, abs=0.01)
    assert np.isnan(mean_with_interval([np.nan], 10, [1])).all()


def test_the_excess_over_networks_never_trained_is_welchs():
    generator = np.random.default_rng(3)
    shares, untrained = generator.normal(0.5, 0.05, 30), generator.normal(0.4, 0.1, 6)
    found = excess(np.append(shares, np.nan), untrained)
    tested = ttest_ind(shares, untrained, equal_var=False).confidence_interval()
    assert found == pytest.approx((shares.mean() - untrained.mean(), tested.low, tested.high))


def test_without_two_networks_or_two_subjects_there_is_no_interval():
    assert excess([0.5, 0.6], [0.4])[0] == pytest.approx(0.15) and np.isnan(excess([0.5, 0.6], [0.4])[1])
    assert np.isnan(excess([0.5, 0.6], [np.nan])).all()
    assert excess([0.5, 0.5], [0.25, 0.25]) == (0.25, 0.25, 0.25)


def test_amounts_are_relative_to_their_network_and_shares_each_maps_own():
    left = np.array([[[True, False]]])
    parts = SimpleNamespace(
        volumes=SimpleNamespace(scans=["a", "b", "c"]),
        whole=lambda place: np.ones((1, 1, 2), bool),
        of=lambda place: {"outside": (left if place else ~left, np.ones((1, 1, 2), bool))},
    )
    maps = [np.array([[[1.0, 3]]]), np.array([[[2.0, -6]]]), np.array([[[30.0, 10]]])]
    sources = [
        SimpleNamespace(scan=["a", "b"], subject=["s", "s"], label=np.array([0, 0]), maps=maps[:2]),
        SimpleNamespace(scan=[], subject=[], label=np.array([]), maps=[]),
        SimpleNamespace(scan=["c"], subject=["t"], label=np.array([1]), maps=maps[2:]),
    ]
    rows = map_amounts(sources, parts)
    assert rows["amount"].tolist() == [2 / 3, 4 / 3, 1]
    assert rows["share_outside"].tolist() == [0.75, 0.25, 0.75] and rows["voxels_outside"].tolist() == [0.5] * 3
    table = by_subject(rows)
    assert table["subject"].tolist() == ["s", "t"] and table["share_outside"].tolist() == [0.5, 0.75]
    assert map_amounts(sources[1:2], parts).empty and by_subject(map_amounts([], parts)).empty
