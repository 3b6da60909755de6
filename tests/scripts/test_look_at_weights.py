import numpy as np
import pytest

from scripts.look_at_weights import look_at_weights
from voxplain.errors import UnsupportedModel
from voxplain.insight.filters import filter_table
from voxplain.store import Volumes
from voxplain.training.trained import read_trained


@pytest.fixture
def looked(trained_study):
    """A function that runs the script on the study, with some settings."""
    given = trained_study.store, trained_study.folds, trained_study.weights, trained_study.cards

    def run(**asked):
        asked = {"layers": "first", "scans_per_split": None} | asked
        return look_at_weights(*given, experiment=trained_study.experiment, asked=asked)

    return run


def test_kernels_are_the_weights_of_each_network_that_there_is(looked, trained_study):
    kernels, _ = looked()
    assert list(kernels) == [f"{split}_seed-{seed}/features.conv1" for split in ("r1f1", "r1f2") for seed in (1, 2)]
    network, _ = read_trained(trained_study.weights[2], trained_study.cards[2])
    np.testing.assert_array_equal(
        kernels["r1f2_seed-1/features.conv1"], network.get_submodule("features.conv1").weight.detach()
    )


def test_filters_are_listened_to_on_the_scans_that_each_network_never_saw(looked, trained_study):
    _, table = looked()
    network, _ = read_trained(trained_study.weights[2], trained_study.cards[2])
    # sub-7 was not packed
    wanted = filter_table(network, Volumes(trained_study.store, ["sub-4", "sub-5", "sub-6"], "brain"))
    found = table[(table["split"] == "r1f2") & (table["seed"] == 1)]
    np.testing.assert_allclose(found["largest"], wanted["largest"])
    assert found["scans"].tolist() == wanted["scans"].tolist() and (wanted["scans"] == 3).all()


def test_fewer_scans_are_listened_to_where_fewer_are_asked_for(looked):
    _, table = looked(scans_per_split=2)
    assert set(table["scans"]) == {2}


def test_layers_are_kept_by_name_or_all_of_them(looked):
    kernels, _ = looked(layers=["features.conv2"])
    assert {name.split("/")[1] for name in kernels} == {"features.conv2"}
    assert {"features.conv1", "features.conv2"} < {name.split("/")[1] for name in looked(layers="all")[0]}


def test_a_layer_without_weights_is_refused_by_its_name(looked):
    with pytest.raises(UnsupportedModel, match='layer "features.relu1" is a ReLU; name a convolution or a linear'):
        looked(layers=["features.relu1"])


def test_an_experiment_whose_splits_hold_out_nobody_leaves_empty_tables(trained_study):
    given = trained_study.store, trained_study.folds, trained_study.weights[4:], trained_study.cards[4:]
    asked = {"layers": "first", "scans_per_split": None}
    kernels, table = look_at_weights(*given, experiment=trained_study.experiment, asked=asked)
    assert kernels == {} and table.empty and {"split", "seed", "state"} <= set(table.columns)
