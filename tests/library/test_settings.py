import pytest
import yaml

from voxplain.errors import SettingsError
from voxplain.settings.known import CONFIG, recipes, trainings
from voxplain.settings.merging import merged_settings
from voxplain.settings.sections import experiment_settings, split_names

DEMO = yaml.safe_load((CONFIG / "config.yaml").read_text())


def merged(**user):
    return merged_settings(user, ["mrinet", "adni_cnn"], ["gradient", "guided_backprop", "grad_cam", "occlusion"])


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

    schema = yaml.safe_load((CONFIG / "settings.schema.yaml").read_text())["$defs"]["training"]["properties"]
    known = {"keep": KEPT, "optimiser": OPTIMISERS, "schedule": SCHEDULES, "sampling": SAMPLINGS}
    for key, choices in known.items():
        assert set(schema[key]["enum"]) == set(choices)


AGE = {"labels": {"age": {"column": "Age", "regression": True}}}


@pytest.mark.parametrize(
    ("training", "cohort", "line"),
    [
        ({"preset": "mrinte"}, {}, '.preset" is "mrinte", which is no preset; did you mean "mrinet"?'),
        (
            {"keep": "roc_auc"},
            AGE,
            '.keep" is roc_auc, but label age is an amount; use loss, r2 or last',
        ),
        ({"keep": "r2"}, {}, '.keep" is r2, but label sex is classes; use loss, balanced_accuracy, roc_auc or last'),
        ({"sampling": "weighted"}, AGE, '.sampling" is weighted, but label age is an amount; use all'),
        ({"class_weights": [1, 2]}, AGE, '.class_weights" is [1, 2], but label age is an amount; use none'),
        ({"sampling_limit": 4}, {}, '.sampling_limit" needs sampling: weighted; leave it out or set that'),
        ({"momentum": 0.9}, {}, '.momentum" is 0.9, but adamw has none; leave it out'),
    ],
)
def test_a_training_that_contradicts_itself_or_its_label_is_one_line(training, cohort, line):
    with pytest.raises(SettingsError) as stopped:
        merged(experiments={"a": {"input": "affine", "training": training}}, cohort=cohort)
    assert str(stopped.value) == f'setting "experiments.a.training{line}'


def test_splits_are_named_by_repeat_and_fold():
    assert split_names({"k": 2, "repeats": 2, "given": None}) == ["r1f1", "r1f2", "r2f1", "r2f2"]
    assert split_names({"k": 2, "repeats": 2, "given": {"train": "a.txt", "test": "b.txt"}}) == ["r1f1"]


@pytest.mark.parametrize(
    ("user", "line"),
    [
        ({"fold": {"k": 3}}, 'unknown setting "fold"; did you mean "folds"?'),
        ({"training": {"epoch": 3}}, 'unknown setting "training.epoch"; did you mean "epochs"?'),
        ({"training": {"epochs": "many"}}, "setting \"training.epochs\" is 'many', but should be a whole number"),
        ({"training": {"epochs": 0}}, 'setting "training.epochs" is 0, but should be at least 1'),
        ({"folds": {"k": 1}}, 'setting "folds.k" is 1, but should be at least 2'),
        ({"folds": None}, 'setting "folds" is None, but should be a section'),
        ({"device": "tpu"}, "setting \"device\" is 'tpu', but should be one of cpu, gpu, auto"),
        ({"study": "my study"}, "setting \"study\" has the name 'my study'; use letters and digits only"),
        (
            {"experiments": {"sex": {"input": "afine"}}},
            'setting "experiments.sex.input" is "afine", which is no input; did you mean "affine"?',
        ),
        ({"experiments": {"sex": {"mask": "brain"}}}, 'setting "experiments.sex.input" is missing; add it'),
        (
            {"experiments": {"sex": {"input": "affine", "network": {"name": "mrnet"}}}},
            'setting "experiments.sex.network.name" is "mrnet"; did you mean "mrinet"?',
        ),
        (
            {"experiments": {"sex": {"input": "affine", "training": {"loss": "mse"}}}},
            'unknown setting "experiments.sex.training.loss"; known here: epochs, batch, preset, accumulate, '
            "optimiser, learning_rate, weight_decay, momentum, schedule, milestones, step, gamma, keep, patience, "
            "sampling, sampling_limit, class_weights, clip_norm, precision, compile, tensorboard, threads, "
            "max_memory_gb",
        ),
        (
            {"methods": [{"name": "cam", "method": "gradcam"}]},
            'setting "methods": unknown method "gradcam"; did you mean "grad_cam"?',
        ),
        (
            {"methods": [{"name": "a", "method": "gradient"}] * 2},
            'setting "methods" has two entries called "a"; give each its own name',
        ),
        (
            {"methods": [{"name": "a", "method": "gradient", "target": 2}]},
            'setting "methods": target of "a" is 2, but label sex has classes 0 to 1; use one of them, or predicted',
        ),
        (
            {"cohort": {"source": "hcp", "table": "t.csv"}},
            'setting "cohort.archives" is empty; cohort.source hcp needs its path',
        ),
        (
            {"cohort": {"source": "bids"}},
            'setting "cohort.archives" is empty; cohort.source bids needs its path',
        ),
        (
            {"cohort": {"source": "table", "table": "t.csv"}, "inputs": {"affine": {"strip": "ants"}}},
            'setting "experiments.head.labels" is missing: cohort.labels says of no column what it means; '
            "name one there",
        ),
        (
            {"experiments": {"sex": {"input": "affine", "labels": "hcp_ages4"}}},
            'setting "experiments.sex.labels" is "hcp_ages4", which is no label; did you mean "hcp_age4"?',
        ),
        (
            {
                "cohort": {
                    "labels": {"a": {"column": "A", "regression": True}, "b": {"column": "B", "regression": True}}
                }
            },
            'setting "experiments.head.labels" is missing: cohort.labels has a, b; name one there',
        ),
        (
            {"cohort": {"labels": {"sex": {"colum": "Gender"}}}},
            'setting "cohort.labels.sex.column" is missing; add it',
        ),
        (
            {"cohort": {"source": "adni", "archives": "a", "table": "t", "labels": {"a": {"column": "A"}}}},
            'setting "inputs.affine.strip" is archive, which takes its brain mask, but cohort.source adni has none; '
            "use ants",
        ),
        (
            {"folds": {"scheme": "leave_one_sight_out"}},
            "setting \"folds.scheme\" is 'leave_one_sight_out', but should be one of kfold, leave_one_out, "
            "leave_one_site_out, given",
        ),
        (
            {"folds": {"scheme": "given"}},
            'setting "folds.scheme" is given, but folds.given names no files; name them, or use kfold',
        ),
        (
            {"folds": {"scheme": "leave_one_out", "given": {"train": "a.txt", "test": "b.txt"}}},
            'setting "folds.scheme" is leave_one_out, but folds.given names a split; keep one of them',
        ),
        (
            {"folds": {"match": {"Age": "exat"}}},
            'setting "folds.match.Age" is "exat"; use exact, or the greatest difference, a number above 0',
        ),
        (
            {"folds": {"match": {"Age": 0}}},
            'setting "folds.match.Age" is 0; use exact, or the greatest difference, a number above 0',
        ),
        (
            {"folds": {"given": {"train": "a.txt"}}},
            'setting "folds.given" needs files for train and test; validation is drawn without one',
        ),
        (
            {"template": {"image": "mine.nii.gz"}},
            'setting "template.mask" is empty; a template of your own needs its brain mask',
        ),
        (
            {"cohort": {"members": {"mask": None}}},
            'setting "inputs.affine.strip" is archive, which takes its brain mask, but cohort.members.mask is empty; '
            "use ants",
        ),
        (
            {"inputs": {"a": {"recipe": "mrinet58"}}},
            'setting "inputs.a.recipe" is "mrinet58", which is no recipe; did you mean "mrinet_58"?',
        ),
        (
            {"inputs": {"a": {"recipe": "voxcnn_110", "transform": "affine"}}},
            'setting "inputs.a.transform" is affine, but recipe voxcnn_110 does not register; leave out one of the two',
        ),
        (
            {"inputs": {"a": {"recipe": "mrinet_58", "strip": "none"}}},
            'setting "inputs.a.strip" is none, which finds the brain by registration, but recipe mrinet_58 does not '
            "register; use archive or ants",
        ),
        (
            {"inputs": {"a": {"transform": "affine", "channels": ["intensity", "log_jacobian_nonlinear"]}}},
            'setting "inputs.a.channels" has log_jacobian_nonlinear, which is empty after transform affine; leave it '
            "out or set another transform",
        ),
        (
            {"experiments": {"a": {"input": "affine", "normalisation": "nyul"}}},
            "setting \"experiments.a.normalisation\" is 'nyul', but should be one of none, zscore, voxel_zscore, "
            "histogram, histogram_zscore",
        ),
        (
            {"inputs": {"a": {"strip": "hd-bet"}}, "experiments": {"a": {"input": "a"}}},
            'setting "inputs.a.strip_weights" is empty; hd-bet needs the path of its weights, which are never fetched',
        ),
        (
            {
                "inputs": {name: {"strip": "synthstrip", "strip_weights": f"{name}.pt"} for name in "ab"},
                "experiments": {"a": {"input": "a"}},
            },
            'setting "inputs.b.strip_weights" is b.pt, but another input\'s is a.pt; use one synthstrip in a study',
        ),
        (
            {"inputs": {"a": {"engine": "fireants", "transform": "affine"}}, "experiments": {"a": {"input": "a"}}},
            'setting "inputs.a.engine" is fireants, which fits warps, but transform is affine; set transform to syn, '
            "or engine to ants",
        ),
        (
            {"template": {"atlases": [{"name": "aal", "image": "a.nii", "labels": None}] * 2}},
            'setting "template.atlases" has two called "aal"; give each its own name',
        ),
        (
            {"inputs": {"source": {}}, "experiments": {"a": {"input": "source"}}},
            'setting "inputs" has an input called "source", which the extracted volumes are called; rename it',
        ),
    ],
)
def test_a_wrong_setting_stops_the_run_with_one_line(user, line):
    with pytest.raises(SettingsError) as stopped:
        merged(**user)
    assert str(stopped.value) == line


def test_every_setting_of_the_shipped_file_has_its_meaning_beside_it():
    lines = (CONFIG / "config.yaml").read_text().splitlines()
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
        "members",
        "affine",
        "head",
        "brain",
        "input",
        "network",
        "training",
    }
    assert set(bare) <= told_by_the_line_above | sections
