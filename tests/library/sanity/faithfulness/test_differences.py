import numpy as np
import pandas as pd
import pytest

from voxplain.sanity.faithfulness.differences import beats, mean_value


def table(values, measure="deletion", weights=None, subjects=None):
    """Rows of the method and of random maps; ``values`` is a list of (method, random) of each scan."""
    rows = []
    for place, pair in enumerate(values):
        about = {"split": "r1f1", "scan": f"sub-{place:02d}", "measure": measure, "fill": "mean"}
        about["subject"] = subjects[place] if subjects else f"sub-{place:02d}"
        about["weight"] = weights[place] if weights else 1.0
        rows += [about | {"map": name, "value": value} for name, value in zip(("method", "random"), pair, strict=True)]
    return pd.DataFrame(rows)


def test_less_is_better_in_deletion_and_more_in_insertion():
    rows = table([(0.1, 0.5), (0.2, 0.5), (0.3, 0.8)])
    assert beats(rows, "random", "deletion", resamples=50, seed=1).value == pytest.approx((0.4 + 0.3 + 0.5) / 3)
    rows = rows.assign(measure="insertion")
    assert beats(rows, "random", "insertion", resamples=50, seed=1).value == pytest.approx(-0.4)


def test_the_interval_is_that_of_a_plain_bootstrap_of_paired_subjects():
    drawn = np.random.default_rng(3)
    own, other = drawn.random((2, 12))
    found = beats(table(list(zip(own, other, strict=True))), "random", "deletion", "mean", resamples=400, seed=7)
    chosen = np.random.default_rng(7).integers(12, size=(400, 12))
    means = (other - own)[chosen].mean(axis=1)
    assert found.value == pytest.approx((other - own).mean())
    assert (found.low, found.high) == pytest.approx(tuple(np.percentile(means, [2.5, 97.5])))
    assert (found.subjects, found.undefined) == (12, 0)


def test_a_scan_that_the_network_says_nothing_of_cannot_upset_the_mean():
    """Areas before they are divided are 1 and .002 apart over ways of 2 and .0001: (1 + .002) / 2.0001."""
    rows = table([(0.0, 0.5), (0.0, 20.0)], weights=[2.0, 0.0001])
    assert beats(rows, "random", "deletion", resamples=20, seed=1).value == pytest.approx(1.002 / 2.0001)
    assert mean_value(rows, "random", "deletion", "mean") == pytest.approx(1.002 / 2.0001)


def test_scans_of_one_subject_stay_together():
    values = [(0.0, 0.2), (0.0, 0.4), (0.0, 0.9), (0.0, 0.9)]
    subjects = ["sub-a", "sub-a", "sub-b", "sub-b"]
    found = beats(table(values, subjects=subjects), "random", "deletion", resamples=200, seed=1)
    assert (found.low, found.high) == pytest.approx((0.3, 0.9))
    assert found.subjects == 2


def test_a_scan_without_a_number_is_counted_and_left_out():
    found = beats(table([(0.1, 0.5), (np.nan, 0.5), (0.1, np.nan)]), "random", "deletion", resamples=20, seed=1)
    assert found.value == pytest.approx(0.4) and found.undefined == 2
    assert np.isnan(found.low), "one subject says nothing of how subjects differ"
    nothing = beats(table([(np.nan, 0.5)] * 3), "random", "deletion", resamples=20, seed=1)
    assert np.isnan(nothing.value) and nothing.undefined == 3


def test_a_map_that_is_not_there_is_beaten_by_nobody():
    found = beats(table([(0.1, 0.5)] * 3), "edges", "deletion", resamples=20, seed=1)
    assert np.isnan(found.value) and found.undefined == 3
