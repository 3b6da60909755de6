import pytest

from tests.library.merging import DEMO, merged
from voxplain.settings.known import CONFIG, SECTIONS, recipes, settings_schema, trainings
from voxplain.settings.sections import experiment_settings, figure_settings, split_names


def test_the_shipped_file_as_it_stands_is_the_demo():
    assert merged()["cohort"] == DEMO["cohort"]
    assert list(merged()["experiments"]) == ["head", "brain"]


def test_experiments_inputs_and_methods_replace_the_demos_whole():
    settings = merged(
        inputs={"mine": {"transform": "syn"}},
        experiments={"sex": {"input": "mine"}},
        methods=[{"name": "cam", "method": "grad_cam"}],
    )
    assert list(settings["inputs"]) == ["mine"] and settings["inputs"]["mine"]["intensity"] == "brain_mean"
    assert list(settings["experiments"]) == ["sex"] and settings["experiments"]["sex"]["mask"] == "none"
    assert settings["methods"] == [
        {"name": "cam", "method": "grad_cam", "target": "predicted", "score": None, "options": {}}
    ]


def test_a_recipe_brings_its_settings_and_ones_own_lie_over_them():
    inputs = {"kan": {"recipe": "mrinet_58"}, "rieke": {"recipe": "icbm_193", "intensity": "brain_mean"}}
    found = merged(inputs=inputs, experiments={"sex": {"input": "kan"}})["inputs"]
    assert (found["kan"]["transform"], found["kan"]["intensity"], found["kan"]["strip"]) == ("none", "none", "archive")
    assert (found["rieke"]["transform"], found["rieke"]["intensity"]) == ("syn_quick", "brain_mean")


def test_the_recipes_of_the_settings_are_those_that_volumes_can_be_made_by():
    from voxplain.volumes.recipes import OWN_RECIPES
    from voxplain.volumes.space import REGISTERED

    assert set(recipes()) == {*OWN_RECIPES, *REGISTERED}
    assert {name for name, one in recipes().items() if one["transform"] == "none"} == set(OWN_RECIPES)


def test_other_sections_merge_key_by_key_and_labels_are_replaced():
    labels = {"group": {"column": "Group", "classes": {"AD": 1, "CN": 0}}}
    settings = merged(folds={"k": 5}, cohort={"labels": labels, "made": {"seed": 7}})
    assert settings["folds"] == DEMO["folds"] | {"k": 5}
    assert settings["cohort"]["labels"] == labels
    assert settings["cohort"]["made"] == DEMO["cohort"]["made"] | {"seed": 7}


@pytest.mark.parametrize("text, value", [("true", True), ("false", False), ("False", False)])
def test_true_and_false_of_the_command_line_may_be_written_small(text, value):
    assert merged(privacy=text)["privacy"] is value


def test_nested_values_of_the_command_line_arrive_as_text_and_are_read_as_what_they_are():
    settings = merged(report={"maps": "True"}, folds={"k": "4"}, cohort={"made": {"spacing": "6.0"}})
    assert settings["report"]["maps"] is True
    assert settings["folds"]["k"] == 4
    assert settings["cohort"]["made"]["spacing"] == 6.0


def test_an_experiments_own_training_lies_over_the_common_one():
    settings = merged(experiments={"sex": {"input": "affine", "training": {"epochs": 3}}})
    assert experiment_settings(settings, "sex")["training"] == DEMO["training"] | {"epochs": 3}


def test_a_preset_lies_over_the_defaults_and_under_whatever_the_user_writes():
    experiments = {"sex": {"input": "affine", "training": {"preset": "mrinet"}}}
    found = experiment_settings(merged(experiments=experiments), "sex")["training"]
    assert found == DEMO["training"] | {"preset": "mrinet"} | trainings()["mrinet"]
    experiments["sex"]["training"]["batch"] = 8
    written = merged(experiments=experiments, training={"epochs": 3, "batch": 4})
    assert experiment_settings(written, "sex")["training"] == found | {"epochs": 3, "batch": 8}


def test_an_experiments_preset_lies_over_that_of_the_section():
    experiments = {
        "own": {"input": "affine", "training": {"preset": "small_elu"}},
        "common": {"input": "affine", "training": {"weight_decay": 0.1}},
    }
    settings = merged(experiments=experiments, training={"preset": "vox_resnet", "threads": 2})
    own, common = (experiment_settings(settings, name)["training"] for name in experiments)
    assert own["optimiser"] == "rmsprop" and own["batch"] == 2 and own["threads"] == 2
    assert common["optimiser"] == "nesterov" and common["momentum"] == 0.9 and common["weight_decay"] == 0.1


def test_the_demo_trains_by_values_of_its_own():
    for name in ("head", "brain"):
        found = experiment_settings(merged(), name)["training"]
        assert found == DEMO["training"] | {"preset": "demo"} | trainings()["demo"]
    assert experiment_settings(merged(training={"epochs": 5}), "head")["training"]["epochs"] == 5


@pytest.mark.parametrize("name", trainings())
def test_every_preset_is_made_of_settings_that_exist(name):
    settings = merged(experiments={"sex": {"input": "affine", "training": trainings()[name]}})
    assert set(trainings()[name]) <= set(DEMO["training"])
    assert experiment_settings(settings, "sex")["training"] == DEMO["training"] | trainings()[name]


def test_choices_of_a_training_are_those_that_the_library_knows():
    from voxplain.training.history import KEPT
    from voxplain.training.optimisers import OPTIMISERS, SCHEDULES
    from voxplain.training.sampling import SAMPLINGS

    schema = settings_schema()["$defs"]["training"]["properties"]
    known = {"keep": KEPT, "optimiser": OPTIMISERS, "schedule": SCHEDULES, "sampling": SAMPLINGS}
    for key, choices in known.items():
        assert set(schema[key]["enum"]) == set(choices)


def test_figures_show_the_group_of_those_told_rightly_or_else_the_first():
    assert merged()["report"]["figures"]["groups"] == ["correct"]
    assert merged(relevance={"groups": ["class1", "all"]})["report"]["figures"]["groups"] == ["class1"]
    assert (
        merged(report={"figures": {"groups": ["all"]}})["report"]["figures"]["draw"]
        == DEMO["report"]["figures"]["draw"]
    )


def test_an_experiments_figures_hang_on_no_setting_but_their_own():
    one = figure_settings(merged(), "brain")
    for user in ({"report": {"maps": True}}, {"training": {"epochs": 3}}, {"folds": {"k": 4}}):
        assert figure_settings(merged(**user), "brain") == one
    for report in ({"orientation": "radiological"}, {"figures": {"draw": ["mosaic"]}}):
        assert figure_settings(merged(report=report), "brain") != one


def test_splits_are_named_by_repeat_and_fold():
    assert split_names({"k": 2, "repeats": 2, "given": None}) == ["r1f1", "r1f2", "r2f1", "r2f2"]
    assert split_names({"k": 2, "repeats": 2, "given": {"train": "a.txt", "test": "b.txt"}}) == ["r1f1"]


@pytest.mark.parametrize("file", ["config", *SECTIONS])
def test_every_setting_of_the_shipped_files_has_its_meaning_beside_it(file):
    lines = (CONFIG / f"{file}.yaml").read_text().splitlines()
    bare = [
        line.split(":")[0].strip()
        for before, line in zip(lines, lines[1:], strict=False)
        if line.lstrip().split(":")[0].replace("_", "").isalnum() and ":" in line and "#" not in line
        if not before.lstrip().startswith("#") and not line.lstrip().startswith("-")
    ]
    told_by_the_line_above = {
        "classes",
        "gamma",
        "accumulate",
        "milestones",
        "step",
        "table",
        "archives",
        "seed",
        "augmentation",
        "mask",
        "volume",
        "study",
    }
    sections = set(DEMO) | {
        "made",
        "segmentations",
        "sex",
        "occlusion",
        "smoothgrad",
        "expected_gradients",
        "guided_integrated_gradients",
        "hierarchical_occlusion",
        "meaningful_perturbation",
        "members",
        "affine",
        "head",
        "brain",
        "input",
        "network",
        "training",
    }
    assert set(bare) <= told_by_the_line_above | sections
