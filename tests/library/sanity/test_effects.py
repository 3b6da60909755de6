import pytest

from tests.library.merging import merged
from voxplain.sanity.effects import HEADS, kept_effects
from voxplain.volumes.recipes import OWN_RECIPES, WITH_SKULL

EVERY = {"made": {"twins": ["outside", "scale", "region"]}}


def kept(transform="affine", mask="none", cohort=None, labels="sex", strip="archive"):
    settings = merged(
        cohort=EVERY if cohort is None else cohort,
        inputs={"one": {"transform": transform, "strip": strip}},
        experiments={"a": {"input": "one", "mask": mask, "labels": labels}},
    )
    return kept_effects(settings, "a")


@pytest.mark.parametrize("transform", ["similarity", "affine", "fast", "syn"])
def test_a_transform_that_takes_size_out_leaves_the_region_and_the_outside(transform):
    assert kept(transform) == ["region", "outside"]


@pytest.mark.parametrize("transform", ["none", "rigid"])
def test_a_transform_that_keeps_size_leaves_all_three(transform):
    assert kept(transform) == ["region", "scale", "outside"]


def test_a_brain_alone_has_nothing_outside():
    assert kept("rigid", "brain") == ["region", "scale"]
    assert kept(strip="template") == ["region"]
    stripped = EVERY | {"members": {"volume": "T1w/T1w_acpc_dc_restore_brain.nii.gz"}}
    assert kept(cohort=stripped) == ["region"]


def test_a_recipe_that_takes_the_brain_out_leaves_nothing_outside():
    assert HEADS == WITH_SKULL
    for recipe in [*OWN_RECIPES, "icbm_193"]:
        one = {"strip": "archive", "recipe": recipe}
        settings = merged(cohort=EVERY, inputs={"one": one}, experiments={"a": {"input": "one", "labels": "sex"}})
        assert ("outside" in kept_effects(settings, "a")) == (recipe in HEADS), recipe


def test_only_effects_that_were_planted_and_rendered_are_looked_for():
    assert kept("rigid", cohort={}) == ["region"]
    assert kept("rigid", cohort={"made": {"twins": ["region", "scale"], "region": 0}}) == ["scale"]
    assert kept(cohort={"made": {"twins": []}}) == []


def test_an_experiment_that_tells_something_else_is_not_held_against_what_was_planted():
    age = {"age": {"column": "Age", "ranges": {"22-25": 0, "26-30": 1, "31-35": 2}}}
    cohort = EVERY | {"labels": age | {"sex": {"column": "Gender", "classes": {"F": 0, "M": 1}}}}
    assert kept(cohort=cohort, labels="age") == []
    assert kept(cohort=cohort) == ["region", "outside"]
