import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from voxplain.sanity.criteria import criteria_table, criterion, not_tested
from voxplain.sanity.passed_criteria import passed_beside_localisation, rank_correlation


def test_criteria_are_counted_without_localisation_and_without_what_was_not_tested():
    rows = [criterion("top_layers", "passed", ""), criterion("deletion", "failed", ""), not_tested("road")]
    criteria = criteria_table({"cam": [*rows, criterion("localisation", "passed", "")], "gradient": rows[:1]})
    aucs = pd.DataFrame(
        [
            {"method": "cam", "kind": "reference", "effect": "region", "measure": "auc", "auc": 0.5},
            {"method": "cam", "kind": "method", "effect": "outside", "measure": "auc", "auc": 0.6},
            {"method": "cam", "kind": "method", "effect": "region", "measure": "mass", "auc": 0.7},
            {"method": "cam", "kind": "method", "effect": "region", "measure": "auc", "auc": 0.9},
        ]
    )
    cam, gradient = passed_beside_localisation(criteria, aucs).to_dict("records")
    assert cam == {"method": "cam", "passed": 1, "decided": 2, "auc": 0.9}
    assert (gradient["passed"], gradient["decided"]) == (1, 1) and np.isnan(gradient["auc"])


def test_the_rank_correlation_is_spearmans_with_ties_and_lies_in_its_interval():
    generator = np.random.default_rng(3)
    passed, aucs = generator.integers(0, 5, 12), generator.random(12)
    rho, low, high = rank_correlation([*passed, 4], [*aucs, np.nan], 500, [1])
    assert rho == pytest.approx(spearmanr(passed, aucs).statistic) and low < rho < high
    assert (rho, low, high) == rank_correlation(passed, aucs, 500, [1])


def test_few_methods_or_one_number_for_all_have_no_correlation():
    assert np.isnan(rank_correlation([1, 2, 3, 4], [0.1, 0.2, 0.3, 0.4], 50, [1])).all()
    assert np.isnan(rank_correlation([2] * 6, np.arange(6) / 6, 50, [1])).all()
