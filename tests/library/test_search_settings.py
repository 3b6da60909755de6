import pytest

from voxplain.errors import SettingsError
from voxplain.settings.merging import merged_settings
from voxplain.settings.overlay import laid_over

KNOWN = ["mrinet", "adni_cnn"], ["gradient", "guided_backprop", "grad_cam", "occlusion"]
WHERE = 'setting "experiments.a.search"'


def merged(search, **training):
    user = {"experiments": {"a": {"input": "affine", "search": search, "training": training}}}
    return merged_settings(user, *KNOWN)


def test_nothing_is_searched_and_nothing_permuted_unless_asked_for():
    settings = merged_settings({}, *KNOWN)
    assert all(one["search"] == {} for one in settings["experiments"].values())
    assert settings["sanity"]["permutations"] == 0


def test_a_search_of_training_network_and_augmentation_is_kept_as_it_stands():
    search = {"training.learning_rate": [1e-3, 1e-4], "network.width": [4, 8], "augmentation.flip": [0, 0.5]}
    assert merged(search)["experiments"]["a"]["search"] == search


def test_settings_are_laid_over_by_dotted_names_and_the_old_ones_stay():
    old = {"training": {"epochs": 3, "batch": 2}, "mask": "none"}
    new = laid_over(old, {"training.epochs": 5, "network.width": 8, "mask": "brain", "augmentation": {}})
    assert new == {
        "training": {"epochs": 5, "batch": 2}, "mask": "brain", "network": {"width": 8}, "augmentation": {},
    }  # fmt: skip
    assert old == {"training": {"epochs": 3, "batch": 2}, "mask": "none"}


@pytest.mark.parametrize(
    ("search", "line"),
    [
        (
            {"mask": ["none", "brain"]},
            f'{WHERE} varies "mask"; what can be searched is training.*, network.*, augmentation.*',
        ),
        ({"network.name": ["mrinet"]}, f"{WHERE} varies network.name; make an experiment of each value"),
        (
            {"training.gamma": []},
            'setting "experiments.a.search.training.gamma" is [], but should be a list of at least 1',
        ),
        (
            {"training.learning_rate": [1e-3, "low"]},
            "setting \"experiments.a.training.learning_rate\" is 'low', but should be a number",
        ),
        ({"training.epoch": [3]}, 'unknown setting "experiments.a.training.epoch"; did you mean "epochs"?'),
        (
            {"training.optimiser": ["sgd", "adam"], "training.momentum": [0.9]},
            'setting "experiments.a.training.momentum" is 0.9, but adam has none; leave it out',
        ),
        (
            {"training.class_weights": ["none", "balanced"]},
            f"{WHERE} varies training.class_weights, and losses of different weights cannot be compared; set"
            " training.keep to balanced_accuracy or roc_auc",
        ),
    ],
)
def test_a_search_that_cannot_be_made_stops_the_run_with_one_line(search, line):
    with pytest.raises(SettingsError) as stopped:
        merged(search)
    assert str(stopped.value) == line


def test_class_weights_can_be_searched_where_a_score_decides():
    assert merged({"training.class_weights": ["none", "balanced"]}, keep="roc_auc")


def test_a_few_permutations_are_refused():
    with pytest.raises(SettingsError) as stopped:
        merged_settings({"sanity": {"permutations": 3}}, *KNOWN)
    assert str(stopped.value) == 'setting "sanity.permutations" is 3, which shows little; use 5 or more, or 0 for none'
