import numpy as np
from scipy.stats import false_discovery_control

from voxplain.relevance.multiple_tests import false_discovery_q, familywise_p


def test_false_discovery_rates_are_scipys():
    p = np.random.default_rng(0).uniform(size=500) ** 3
    assert np.allclose(false_discovery_q(p), false_discovery_control(p))
    assert false_discovery_q(np.array([])).size == 0


def test_false_discovery_rates_of_a_worked_case():
    assert np.allclose(false_discovery_q([0.01, 0.04, 0.03, 0.5]), [0.04, 0.16 / 3, 0.16 / 3, 0.5])


def test_a_value_is_as_rare_as_the_permutations_whose_largest_reaches_it():
    assert familywise_p([5.0, 3.0, 0.5], [1, 2, 3, 4]).tolist() == [1 / 5, 3 / 5, 1]


def test_a_tie_counts_as_reached():
    assert familywise_p(np.float32(0.1), [np.float32(0.1)] * 3).tolist() == 1
