import json

import numpy as np
import pandas as pd
import pytest
import torch

from scripts import rank_influence as script
from scripts.rank_influence import rank_influence
from voxplain.errors import InputError, UnsupportedModel
from voxplain.insight.influence import Labelled, influence_table
from voxplain.insight.influence_functions import influence_functions
from voxplain.insight.tracin import tracin
from voxplain.networks.build import build
from voxplain.store import Volumes
from voxplain.training.kept_epochs import keep_epoch, read_epochs
from voxplain.training.trained import read_trained

ASKED = {"methods": ["influence_functions"], "layers": "last", "labels": "label", "by": "relative", "top": 1}
ASKED |= {"damping": 0.1}


@pytest.fixture
def study(trained_study, tmp_path):
    """The trained study with a history, in which the first network kept two epochs."""
    history = tmp_path / "history.tsv"
    pd.DataFrame({"epoch": [1, 2], "learning_rate": [0.1, 0.05]}).to_csv(history, sep="\t", index=False)
    for epoch in (1, 2):
        torch.manual_seed(epoch)
        keep_epoch(
            trained_study.weights[0].with_suffix(".epochs"), epoch, build("mrinet", (22, 26, 24), width=2).state_dict()
        )
    trained_study.history = history
    return trained_study


def ranked(study, place=0, **asked):
    files = study.store, study.folds, study.weights[place], study.cards[place], study.history
    return rank_influence(*files, experiment=study.experiment, asked=ASKED | asked)


def of_library(study):
    network, _ = read_trained(study.weights[0], study.cards[0])
    roles = ["sub-4", "sub-5", "sub-6"], ["sub-0", "sub-1", "sub-2", "sub-3"]
    train, shown = (Labelled(Volumes(study.store, one, "brain"), [study.labels[scan] for scan in one]) for one in roles)
    return network, train, shown


def test_every_method_ranks_the_training_scans_of_the_split_for_each_scan_that_it_holds_out(study):
    held_out, training = ranked(study, methods=["influence_functions", "tracin"], top=3)
    network, train, shown = of_library(study)
    epochs = list(read_epochs(study.weights[0].with_suffix(".epochs"), study.history))
    expected = {
        "influence_functions": influence_functions(network, train, shown, damping=0.1),
        "tracin": tracin(network, train, shown, epochs),
    }
    for method, found in expected.items():
        rows = held_out[held_out["method"] == method].reset_index(drop=True)
        table = influence_table(found, train, shown, top=3)
        pd.testing.assert_frame_equal(rows[list(table)], table, check_dtype=False)
        own = training[training["method"] == method].set_index("scan")
        np.testing.assert_allclose(own.loc[train.volumes.scans, "self_influence"], found.own)
    assert set(held_out["split"]) == {"r1f1"} and (training["note"] == "").all() and training["top_decile"].sum() == 2


def test_only_so_many_are_listed_from_both_ends(study):
    assert ranked(study, top=1)[0].groupby("scan")["rank"].agg(list).tolist() == [[1, 3]] * 4


def test_held_out_scans_are_taken_for_what_the_network_says_where_that_is_asked(study):
    network, _, shown = of_library(study)
    said = [int(network(shown.volumes[place][None]).argmax()) for place in range(4)]
    labels = ranked(study, labels="predicted")[0].groupby("scan")["label"].first()
    assert labels.tolist() == said
    assert ranked(study)[0].groupby("scan")["label"].first().tolist() == shown.labels


def test_classes_count_as_they_did_in_the_training(study):
    card = json.loads(study.cards[0].read_text())
    study.cards[0].write_text(json.dumps(card | {"training": {"class_weights": [1.0, 9.0]}}))
    own = [part[1].set_index("scan")["self_influence"] for part in (ranked(study), ranked(study, 1))]
    study.cards[0].write_text(json.dumps(card))
    plain = ranked(study)[1].set_index("scan")["self_influence"]
    assert own[0].loc["sub-5"] / plain.loc["sub-5"] > 2 * own[0].loc["sub-4"] / plain.loc["sub-4"], (
        "sub-5 is of class 1"
    )


def test_a_split_that_holds_nobody_out_has_empty_tables(study):
    held_out, training = ranked(study, 4)
    assert held_out.empty and training.empty and "influence" in held_out and "note" in training


def test_a_network_of_which_a_method_cannot_be_asked_has_its_reason_in_the_table(study, monkeypatch):
    def refused(*_, **__):
        raise UnsupportedModel("the network ends in no linear layer")

    monkeypatch.setattr(script, "influence_functions", refused)
    held_out, training = ranked(study, methods=["influence_functions", "tracin"])
    assert set(held_out["method"]) == {"tracin"}
    assert training.loc[training["scan"].isna(), ["method", "note"]].to_numpy().tolist() == [
        ["influence_functions", "the network ends in no linear layer"]
    ]


def test_tracin_of_a_training_that_kept_no_epoch_says_what_to_set(study):
    with pytest.raises(InputError, match="set training.keep_epochs and train this split again"):
        ranked(study, 1, methods=["tracin"])
