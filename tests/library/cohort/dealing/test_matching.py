from itertools import permutations

import numpy as np
import pytest

from voxplain.cohort.dealing.matching import alike, lacking, matched_sets


def people(*told):
    return {f"s{place}": (one, {"Age": str(age), "Sex": sex}) for place, (one, age, sex) in enumerate(told)}


def test_an_exact_column_and_a_caliper_both_hold_in_every_set():
    generator = np.random.default_rng(3)
    told = people(
        *((int(generator.integers(3)), generator.integers(50, 90), "FM"[generator.integers(2)]) for _ in range(90))
    )
    sets = matched_sets(told, {"Age": 2, "Sex": "exact"})
    assert sets
    for together in set(sets.values()):
        assert sorted(told[one][0] for one in together) == [0, 1, 2]
        assert len({told[one][1]["Sex"] for one in together}) == 1
        rarest = together[0]
        assert all(abs(int(told[rarest][1]["Age"]) - int(told[one][1]["Age"])) <= 2 for one in together)


@pytest.mark.parametrize("seed", range(8))
def test_there_are_as_many_pairs_as_there_can_be_and_the_nearest_of_those(seed):
    generator = np.random.default_rng(seed)
    first, second = generator.integers(50, 70, 4), generator.integers(50, 70, 6)
    told = people(*((0, age, "F") for age in first), *((1, age, "F") for age in second))
    sets = set(matched_sets(told, {"Age": 3}).values())
    found = (len(sets), sum(abs(int(told[one][1]["Age"]) - int(told[other][1]["Age"])) for one, other in sets))
    best = (0, 0)
    for order in permutations(second, 4):
        apart = [abs(int(one) - int(other)) for one, other in zip(first, order, strict=True)]
        near = [one for one in apart if one <= 3]
        best = max(best, (len(near), -sum(near)))
    assert found == (best[0], -best[1])


def test_a_caliper_holds_its_own_end():
    told = {"a": (0, {"Score": "0.3"}), "b": (1, {"Score": "0.4"})}
    assert len(matched_sets(told, {"Score": 0.1})) == 2
    assert matched_sets(told, {"Score": 0.09}) == {}


def test_the_same_seed_gives_the_same_sets_whatever_the_order():
    told = people(*((place % 2, 60, "F") for place in range(20)))
    backwards = dict(reversed(told.items()))
    assert matched_sets(told, {"Age": 1}, 5) == matched_sets(backwards, {"Age": 1}, 5)
    assert matched_sets(told, {"Age": 1}, 5) != matched_sets(told, {"Age": 1}, 6)


def test_one_class_alone_has_no_match():
    assert matched_sets(people((0, 60, "F"), (0, 61, "F")), {"Age": 2}) == {}


def test_what_is_lacking_and_what_is_asked_is_told():
    assert lacking({"Age": "", "Sex": "F"}, {"Sex": "exact", "Age": 2}) == "Age"
    assert lacking({"Age": "22-25", "Sex": "F"}, {"Age": 2}) == "Age"
    assert lacking({"Age": "22-25", "Sex": "F"}, {"Age": "exact"}) is None
    assert alike({"Age": 2.0, "Sex": "exact"}) == "the same Sex and Age within 2"
