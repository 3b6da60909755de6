import numpy as np
import pytest

from tests.library.insight.mislabelled import learnt_with_wrong_labels
from voxplain.insight.influence import Labelled, self_influence_table
from voxplain.insight.influence_functions import influence_functions
from voxplain.insight.tracin import tracin
from voxplain.store import Volumes

WRONG = 5, 11, 20, 34


@pytest.fixture(scope="module")
def training(tmp_path_factory):
    """Four of 40 labels wrong; scans 38 and 39 are copies of 2 and 3, and 40 and 41, held out, of 6 and 7."""
    copies = {38: 2, 39: 3, 40: 6, 41: 7}
    return learnt_with_wrong_labels(tmp_path_factory.mktemp("influence"), WRONG, copies=copies)


def decile(influence, train):
    table = self_influence_table(influence, train)
    return {int(scan.removeprefix("sub-")) for scan in table.loc[table["top_decile"].eq(1), "scan"]}


@pytest.mark.parametrize("layers", ["last", "all"])
def test_mislabelled_training_scans_are_the_top_decile_of_self_influence(training, layers):
    network, train, shown, epochs = training
    assert decile(tracin(network, train, shown, epochs, layers=layers), train) == set(WRONG)


def test_a_training_scan_that_is_the_one_shown_ranks_first_and_helps(training):
    network, train, shown, epochs = training
    for found in (tracin(network, train, shown, epochs), influence_functions(network, train, shown)):
        for place, copy in ((0, 6), (1, 7)):
            assert found.relative[place].argmax() == copy and found.scores[place, copy] > 0


def test_a_training_scan_that_is_there_twice_ranks_first_with_its_double(training):
    network, train, _, epochs = training
    twice = Labelled(Volumes(train.volumes.path, train.volumes.scans[2:4]), train.labels[2:4])
    for found in (tracin(network, train, twice, epochs), influence_functions(network, train, twice)):
        for place, doubles in enumerate(({2, 38}, {3, 39})):
            assert set(np.argsort(-found.relative[place])[:2]) == doubles


def test_mislabelled_scans_oppose_what_the_held_out_scans_are(training):
    network, train, shown, epochs = training
    scores = tracin(network, train, shown, epochs).scores
    for place, label in enumerate(shown.labels):
        liars = [one for one in WRONG if train.labels[one] != label]
        assert (scores[place, liars] < 0).all()


@pytest.mark.long
def test_over_nine_trainings_mislabelled_scans_lie_in_the_top_decile_of_self_influence(tmp_path):
    found = {"all": 0, "last": 0, "influence functions": 0}
    for difference, epochs in ((2, 16), (4, 8), (4, 16)):
        for seed in (1, 2, 3):
            wrong = np.random.default_rng(seed).permutation(40)[:4]
            folder = tmp_path / f"{difference}_{epochs}_{seed}"
            network, train, _, kept = learnt_with_wrong_labels(
                folder, wrong, seed=seed, difference=difference, epochs=epochs
            )
            nobody = Labelled([], [])
            for layers in ("all", "last"):
                found[layers] += len(decile(tracin(network, train, nobody, kept, layers=layers), train) & set(wrong))
            found["influence functions"] += len(decile(influence_functions(network, train, nobody), train) & set(wrong))
    assert found["all"] == 36 and min(found.values()) >= 32, found
