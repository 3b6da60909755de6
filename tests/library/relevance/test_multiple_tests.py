import numpy as np

from voxplain.relevance.multiple_tests import familywise_p


def test_a_value_is_as_rare_as_the_permutations_whose_largest_reaches_it():
    assert familywise_p([5.0, 3.0, 0.5], [1, 2, 3, 4]).tolist() == [1 / 5, 3 / 5, 1]


def test_a_tie_counts_as_reached():
    assert familywise_p(np.float32(0.1), [np.float32(0.1)] * 3).tolist() == 1
