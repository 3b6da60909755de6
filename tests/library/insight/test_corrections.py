import numpy as np
import pytest
from statsmodels.stats.multitest import multipletests

from voxplain.insight.corrections import false_discoveries, holm


def test_holm_worked_by_hand():
    assert holm([0.01, np.nan, 0.04, 0.03]) == pytest.approx([0.03, np.nan, 0.06, 0.06], nan_ok=True)
    assert holm([0.6, 0.9]).tolist() == [1, 1] and len(holm([])) == 0


def test_false_discovery_rates_worked_by_hand():
    assert false_discoveries([0.01, 0.04, 0.03, 0.5]) == pytest.approx([0.04, 0.16 / 3, 0.16 / 3, 0.5])


@pytest.mark.parametrize(("corrected", "name"), [(holm, "holm"), (false_discoveries, "fdr_bh")])
def test_corrected_p_values_are_those_of_statsmodels(corrected, name):
    ps = np.random.default_rng(1).random(40) ** 4
    ps[7] = ps[3]
    np.testing.assert_allclose(corrected(ps), multipletests(ps, method=name)[1], rtol=1e-12)


@pytest.mark.parametrize("corrected", [holm, false_discoveries])
def test_a_test_that_was_not_possible_does_not_count(corrected):
    ps = np.array([0.2, 0.01, 0.04])
    found = corrected([0.2, np.nan, 0.01, 0.04, np.nan])
    assert np.isnan(found[[1, 4]]).all()
    np.testing.assert_array_equal(found[[0, 2, 3]], corrected(ps))
    assert np.isnan(corrected([np.nan, np.nan])).all() and len(corrected([])) == 0
