"""Networks trained on made scans some of whose labels are wrong."""

import numpy as np
import torch

from voxplain.insight.influence import Labelled
from voxplain.networks.build import build
from voxplain.store import Volumes, write_store
from voxplain.training.kept_epochs import read_epochs
from voxplain.training.loop import fit

SHAPE = (22, 24, 26)
N, HELD = 40, 4
SETTINGS = {
    "batch": 6,
    "optimiser": "adam",
    "learning_rate": 3e-3,
    "weight_decay": 0.0,
    "patience": None,
    "threads": 1,
    "keep_epochs": 8,
    "keep": "last",
}


def learnt_with_wrong_labels(folder, wrong, *, seed=1, difference=4, epochs=16, copies=None):
    """A network that learnt from 40 scans in noise, those at ``wrong`` mislabelled; they, four held out, kept epochs.

    Class 1 has a block brighter by ``difference`` standard deviations; ``copies`` says which scan is which other one.
    """
    folder.mkdir(exist_ok=True)
    same = [(copies or {}).get(place, place) for place in range(N + HELD)]

    def volumes():
        for place, other in enumerate(same):
            data = np.random.default_rng([seed, 7, other]).standard_normal(SHAPE).astype(np.float32)
            data[4:12, 8:16, 6:14] += difference * (other % 2)
            yield f"sub-{place:02d}", f"sub-{place:02d}", data, np.ones(SHAPE)

    write_store(folder / "made.h5", volumes(), np.diag([3.0, 3, 3, 1]), "mni152", {})
    labels = [1 - other % 2 if place in wrong else other % 2 for place, other in enumerate(same)]
    names = Volumes(folder / "made.h5").scans
    train, shown = Volumes(folder / "made.h5", names[:N]), Volumes(folder / "made.h5", names[N:])
    torch.manual_seed(seed)
    network = build("mrinet", SHAPE, width=2)
    settings = SETTINGS | {"epochs": epochs}
    _, history = fit(network, train, labels[:N], shown, labels[N:], seed=seed, settings=settings, kept=folder / "kept")
    kept = list(read_epochs(folder / "kept", history))
    return network, Labelled(train, labels[:N]), Labelled(shown, labels[N:]), kept
