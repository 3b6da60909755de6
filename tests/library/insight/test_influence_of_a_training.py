import numpy as np
import pytest
import torch

from voxplain.insight.influence import Labelled, self_influence_table
from voxplain.insight.influence_functions import influence_functions
from voxplain.insight.tracin import tracin
from voxplain.networks.build import build
from voxplain.store import Volumes, write_store
from voxplain.training.kept_epochs import read_epochs
from voxplain.training.loop import fit

SHAPE = (22, 24, 26)
N, HELD, WRONG = 40, 4, (5, 11, 20, 34)
SETTINGS = {
    "epochs": 16,
    "batch": 6,
    "optimiser": "adam",
    "learning_rate": 3e-3,
    "weight_decay": 0.0,
    "patience": None,
    "threads": 1,
    "keep_epochs": 8,
    "keep": "last",
}


@pytest.fixture(scope="module")
def training(tmp_path_factory):
    """A network trained on a clear difference, four of 40 labels being wrong, with every second epoch kept.

    Scans 38 and 39 are copies of 2 and 3; of those held out 40 and 41 are copies of 6 and 7.
    """
    folder = tmp_path_factory.mktemp("influence")
    copies = {38: 2, 39: 3, 40: 6, 41: 7}
    true = [copies.get(place, place) % 2 for place in range(N + HELD)]

    def volumes():
        for place, label in enumerate(true):
            data = np.random.default_rng([7, copies.get(place, place)]).standard_normal(SHAPE).astype(np.float32)
            data[4:12, 8:16, 6:14] += 4 * label
            yield f"sub-{place:02d}", f"sub-{place:02d}", data, np.ones(SHAPE)

    write_store(folder / "made.h5", volumes(), np.diag([3.0, 3, 3, 1]), "mni152", {})
    labels = [1 - label if place in WRONG else label for place, label in enumerate(true)]
    names = Volumes(folder / "made.h5").scans
    train, shown = Volumes(folder / "made.h5", names[:N]), Volumes(folder / "made.h5", names[N:])
    torch.manual_seed(1)
    network = build("mrinet", SHAPE, width=2)
    _, history = fit(network, train, labels[:N], shown, labels[N:], seed=1, settings=SETTINGS, kept=folder / "kept")
    epochs = list(read_epochs(folder / "kept", history))
    return network, Labelled(train, labels[:N]), Labelled(shown, labels[N:]), epochs


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
