"""The trainings of the published systems by name: what their code does, written down once more."""

import pytest

from tests.library.merging import merged
from voxplain.settings.known import trainings
from voxplain.settings.sections import experiment_settings

ADAM = {"optimiser": "adam", "weight_decay": 0, "schedule": "none", "sampling": "all"}
# of torch's momentum, the published 0.9
NESTEROV = ADAM | {"optimiser": "nesterov", "momentum": 0.9}
STEPS = {"schedule": "milestones", "milestones": [5, 15], "gamma": 0.1}
LATER = {"schedule": "milestones", "milestones": [15, 25], "gamma": 0.3}
SGD = ADAM | {"optimiser": "sgd", "weight_decay": 1e-3}
PUBLISHED = {
    "mrinet": ADAM | STEPS | {"learning_rate": 3e-4, "batch": 45, "epochs": 20},
    "mrinet_holdout": ADAM | LATER | {"learning_rate": 3e-4, "weight_decay": 1e-5, "batch": 45, "epochs": 20},
    # 128 slabs a step, of 23 in each scan
    "mrinet_slabs": ADAM | {"learning_rate": 3e-3, "batch": round(128 / 23), "epochs": 35},
    "vox_cnn": ADAM | {"learning_rate": 2.7e-5, "batch": 5, "epochs": 150, "sampling": "undersample"},
    "vox_resnet": NESTEROV | {"learning_rate": 1e-3, "batch": 3, "epochs": 70, "sampling": "undersample"},
    "s500_cnn": SGD | {"learning_rate": 1e-4, "batch": 20, "epochs": 100, "sampling": "weighted"},
    "s500_cnn_4": SGD | {"learning_rate": 1e-4, "batch": 36, "epochs": 200},
    "vae_age": ADAM | {"learning_rate": 1e-4, "batch": 36, "epochs": 100, "sampling": "weighted"},
    "vae_age_4": ADAM | {"learning_rate": 1e-4, "batch": 20, "epochs": 100},
    "adni_cnn": ADAM | {"learning_rate": 1e-4, "batch": 5, "epochs": 20},
    "small_elu": ADAM | {"optimiser": "rmsprop", "learning_rate": 1e-4, "batch": 2, "epochs": 20},
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_preset_trains_as_published(name):
    settings = merged(experiments={"one": {"input": "affine", "training": {"preset": name}}})
    found = experiment_settings(settings, "one")["training"]
    assert {key: found[key] for key in PUBLISHED[name]} == PUBLISHED[name]
    assert found["patience"] is None, "none of them stopped before its last epoch"


def test_every_preset_but_the_demos_is_published():
    assert set(PUBLISHED) == set(trainings()) - {"demo"}
