import pytest

from tests.library.merging import merged
from voxplain.errors import SettingsError

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


@pytest.mark.parametrize(
    ("user", "line"),
    [
        ({"fold": {"k": 3}}, 'unknown setting "fold"; did you mean "folds"?'),
        ({"training": {"epoch": 3}}, 'unknown setting "training.epoch"; did you mean "epochs"?'),
        ({"training": {"epochs": "many"}}, "setting \"training.epochs\" is 'many', but should be a whole number"),
        ({"training": {"epochs": 0}}, 'setting "training.epochs" is 0, but should be at least 1'),
        ({"training": {"keep_epochs": -1}}, 'setting "training.keep_epochs" is -1, but should be at least 0'),
        (
            {"baselines": {"confounds": ["weight"]}},
            "setting \"baselines.confounds.0\" is 'weight', but should be one of size, native_size, intracranial, age, "
            "sex, age_sex, site, scanner, release, mask_shape, outside",
        ),
        (
            {"baselines": {"confounds": 3}},
            'setting "baselines.confounds" is 3, but should be true or false or a list',
        ),
        (
            {"sanity": {"shortcuts": {"faces": "cut"}}},
            "setting \"sanity.shortcuts.faces\" is 'cut', but should be one of unknown, whole, changed",
        ),
        ({"folds": {"k": 1}}, 'setting "folds.k" is 1, but should be at least 2'),
        ({"folds": None}, 'setting "folds" is None, but should be a section'),
        ({"report": {"subjects": 0}}, 'setting "report.subjects" is 0, but should be one of all, none or at least 1'),
        ({"report": {"volumes": -1}}, 'setting "report.volumes" is -1, but should be at least 0'),
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
            "optimiser, learning_rate, weight_decay, momentum, schedule, milestones, step, gamma, keep, keep_epochs, "
            "patience, sampling, sampling_limit, class_weights, clip_norm, precision, compile, tensorboard, threads, "
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
            "leave_one_site_out, given, hold_out",
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
            {"report": {"orientation": "radiologic"}},
            "setting \"report.orientation\" is 'radiologic', but should be one of neurological, radiological",
        ),
        (
            {"report": {"figures": {"draw": ["mosaics"]}}},
            "setting \"report.figures.draw.0\" is 'mosaics', but should be one of performance, localisation, mosaic, "
            "glass_brain, surface, regions",
        ),
        (
            {"report": {"figures": {"methods": "bets"}}},
            "setting \"report.figures.methods\" is 'bets', but should be one of best, all or a list",
        ),
        (
            {"report": {"figures": {"methods": ["gradcam"]}}},
            'setting "report.figures.methods" has "gradcam", which is no name of an entry of methods; '
            'did you mean "grad_cam"?',
        ),
        (
            {"report": {"figures": {"groups": ["wrong"]}}},
            'setting "report.figures.groups" has "wrong", which is no group of relevance.groups; known here: all, '
            "correct, class0, class1, class0correct, class1correct",
        ),
        (
            {"report": {"defaced": ["afine"]}},
            'setting "report.defaced" has "afine", which is no name of an entry of inputs; did you mean "affine"?',
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
