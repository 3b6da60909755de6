from itertools import permutations
from math import comb, log

import numpy as np
import pytest

from voxplain.relevance.exchange import flipped, least_p, rearranged, ways

STRATA = ["a", "a", "a", "a", "b", "b", "b"]
ALONE = [f"sub-{place}" for place in range(7)]


def test_every_order_has_each_map_once_and_stays_in_its_split():
    orders = rearranged(STRATA, ALONE, 500, seed=1)
    assert (np.sort(orders, axis=1) == np.arange(7)).all()
    assert (orders[:, :4] < 4).all() and (orders[:, 4:] >= 4).all()


def test_all_orders_of_a_split_come_equally_often():
    orders = rearranged(["a"] * 3, ALONE[:3], 6000, seed=2)
    found, counts = np.unique(orders, axis=0, return_counts=True)
    assert sorted(map(tuple, found.tolist())) == sorted(permutations(range(3)))
    assert counts.min() > 850 and counts.max() < 1150


def test_a_family_moves_as_a_whole_to_a_family_of_its_size():
    families = ["p", "p", "q", "q", "r", "s", "s"]
    orders = rearranged(["a"] * 7, families, 400, seed=3)
    homes = np.array(families)
    for order in orders:
        for family, size in (("p", 2), ("q", 2), ("s", 2), ("r", 1)):
            given = set(homes[order[homes == family]])
            assert len(given) == 1 and (homes == given.pop()).sum() == size
    assert len({tuple(order[:2]) for order in orders}) == 6


def test_signs_of_a_family_are_turned_together():
    signs = flipped(["p", "p", "q", "q", "q"], 200, seed=4)
    assert set(np.unique(signs)) == {-1, 1}
    assert (signs[:, 0] == signs[:, 1]).all() and (signs[:, 2] == signs[:, 4]).all()
    assert len(np.unique(signs, axis=0)) == 4


@pytest.mark.parametrize(
    ("tested", "number"), [([0, 0, 1, 1, 0, 0, 1], comb(4, 2) * 3), ([0, 0, 0, 0, 1, 1, 1], 1), (range(7), 24 * 6)]
)
def test_the_number_of_orders_that_differ_is_counted(tested, number):
    assert ways(STRATA, ALONE, list(tested)) == pytest.approx(log(number))


def test_families_of_one_value_each_are_exchanged_as_families():
    assert ways(["a"] * 6, ["p", "p", "q", "q", "r", "r"], [0, 0, 1, 1, 0, 0]) == pytest.approx(log(3))


def test_no_p_value_is_below_one_over_the_orders_there_are():
    assert least_p(log(18), 999) == pytest.approx(1 / 18)
    assert least_p(1000.0, 999) == 0.001
