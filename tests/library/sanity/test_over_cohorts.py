import numpy as np
import pytest

from voxplain.errors import InputError
from voxplain.sanity.comparison import Scored, compared
from voxplain.sanity.over_cohorts import beating, over_cohorts
from voxplain.sanity.voxel_scores import MEASURES

CHANCE = dict.fromkeys(MEASURES, 0.5)


def cohort(auc, other, spread, seed, subjects=10):
    """A method and the edges beside it, each measure the same; resamples are normal about the value."""
    drawn = np.random.default_rng(seed).normal(0, spread, (4000, 1)) + np.zeros(len(MEASURES))
    own, edges = (np.full(len(MEASURES), value) for value in (auc, other))
    method = Scored("method", "method", subjects, own, own + drawn)
    beside = Scored("edges", "reference", subjects, edges, np.tile(edges, (4000, 1)), own - edges, own - edges + drawn)
    return [method, beside]


def rows(cohorts):
    return [{"method": "gradient"} | row for row in compared(over_cohorts(cohorts), CHANCE)]


def test_the_mean_over_cohorts_is_the_mean_of_values_and_of_differences_worked_by_hand():
    found = rows([cohort(0.8, 0.5, 0.03, 1), cohort(0.6, 0.55, 0.03, 2), cohort(0.7, 0.6, 0.03, 3)])
    own = found[0]
    assert own["value"] == pytest.approx(0.7) and own["subjects"] == 30
    assert own["difference"] == pytest.approx((0.3 + 0.05 + 0.1) / 3) and own["closest"] == "edges"


def test_the_interval_of_a_mean_of_independent_cohorts_is_narrower_by_the_root_of_their_number():
    one, three = rows([cohort(0.7, 0.6, 0.03, 1)])[0], rows([cohort(0.7, 0.6, 0.03, seed) for seed in (1, 2, 3)])[0]
    assert one["high"] - one["low"] == pytest.approx(2 * 1.96 * 0.03, rel=0.05)
    assert three["high"] - three["low"] == pytest.approx(2 * 1.96 * 0.03 / np.sqrt(3), rel=0.05)


def test_only_a_method_whose_interval_lies_above_zero_beats_what_stands_beside_it():
    assert beating(rows([cohort(0.7, 0.6, 0.03, 1)])) == ["gradient"]
    assert beating(rows([cohort(0.7, 0.6, 0.09, 1)])) == []
    assert beating(rows([cohort(np.nan, 0.6, 0.03, 1)])) == []


def test_one_undefined_cohort_makes_the_mean_undefined():
    found = rows([cohort(0.7, 0.6, 0.03, 1), cohort(np.nan, 0.6, 0.03, 2)])[0]
    assert np.isnan(found["value"]) and np.isnan(found["difference"])


def test_cohorts_held_against_different_maps_are_refused():
    with pytest.raises(InputError, match="held against different maps"):
        over_cohorts([cohort(0.7, 0.6, 0.03, 1), cohort(0.7, 0.6, 0.03, 2)[:1]])
