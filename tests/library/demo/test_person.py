import numpy as np
import pytest

from voxplain.demo.effects import EFFECTS
from voxplain.demo.person import draw_people, planted_groups


def test_groups_are_balanced_and_change_with_the_seed(made):
    big = {**made, "subjects": 72}
    assert planted_groups(big).sum() == 36
    assert (planted_groups(big) != planted_groups({**big, "seed": 4})).any()


def test_a_person_is_the_same_in_a_larger_cohort_but_for_the_group(made):
    few, many = draw_people(made), draw_people({**made, "subjects": 20})
    for one, same in zip(few, many, strict=False):
        assert (one.size, one.rotation, one.natural_fat, one.gain) == (
            same.size,
            same.rotation,
            same.natural_fat,
            same.gain,
        )


def test_effects_separate_the_groups_and_their_absence_leaves_the_rest(made):
    people = draw_people({**made, "subjects": 40})
    for effect in EFFECTS:
        of_group = [np.array([person.effects[effect] for person in people if person.group == g]) for g in (0, 1)]
        assert of_group[1].min() > of_group[0].max()
    twin = people[0].without("region")
    assert twin.effects == {**people[0].effects, "region": 0.0}
    assert twin.size == people[0].size


def test_natural_anatomy_does_not_know_the_group(made):
    people = draw_people({**made, "subjects": 400})
    group = np.array([person.group for person in people])
    for of in (
        lambda p: np.prod(p.size),
        lambda p: p.natural_fat,
        lambda p: p.natural_skull,
        lambda p: p.grey_intensity,
    ):
        assert abs(np.corrcoef(group, [of(person) for person in people])[0, 1]) < 0.15


def test_the_outside_effect_thickens_fat_and_skull(made):
    person = next(person for person in draw_people(made) if person.group)
    twin = person.without("outside")
    assert person.fat - twin.fat == pytest.approx(2.2)
    assert person.skull - twin.skull == pytest.approx(0.8)
