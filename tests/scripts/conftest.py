from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch

from voxplain.networks.build import build
from voxplain.store import write_store
from voxplain.training.trained import write_trained

SHAPE = (22, 26, 24)
SPLITS = ["r1f1", "r1f2", "r2f1"]


@pytest.fixture
def trained_study(tmp_path):
    """Eight scans, the last not packed; two splits with two networks each, and a split that held out nobody."""
    scans = [f"sub-{number}" for number in range(8)]
    labels = np.arange(8) % 2
    generator = np.random.default_rng(5)
    table = pd.DataFrame({"scan": scans, "subject": scans, "label": labels})
    held_out = {"r1f1": np.arange(8) < 4, "r1f2": (np.arange(8) >= 4), "r2f1": np.arange(8) == 7}
    folds = [table.assign(split=split, role=np.where(held, "test", "train")) for split, held in held_out.items()]
    pd.concat(folds).to_csv(tmp_path / "folds.tsv", sep="\t", index=False)

    def volumes():
        for scan in scans[:-1]:
            data = generator.random(SHAPE) + 0.1
            mask = np.zeros(SHAPE)
            mask[3:18, 4:21, 3:19] = generator.random((15, 17, 16)) > 0.1
            yield scan, scan, data, mask

    write_store(tmp_path / "affine.h5", volumes(), np.diag([-3.0, 3, 3, 1]), "mni152", {})
    weights, cards = [], []
    for split in SPLITS:
        for seed in (1, 2):
            torch.manual_seed(seed)
            state = build("mrinet", SHAPE, width=2).state_dict()
            card = {"network": {"name": "mrinet", "width": 2}, "input_shape": SHAPE, "classes": ["F", "M"]}
            card |= {"split": split, "seed": seed} | ({"empty": "nobody held out"} if split == "r2f1" else {})
            weights.append(tmp_path / f"{split}_seed-{seed}.pt")
            cards.append(tmp_path / f"{split}_seed-{seed}.card.json")
            write_trained(weights[-1], cards[-1], None if split == "r2f1" else state, card)
    return SimpleNamespace(
        store=tmp_path / "affine.h5",
        folds=tmp_path / "folds.tsv",
        weights=weights,
        cards=cards,
        labels=dict(zip(scans, labels, strict=True)),
        shape=SHAPE,
        experiment={"input": "affine", "mask": "brain", "device": "cpu", "training": {"threads": 1}},
        gradient={"name": "gradient", "method": "gradient", "target": 1, "score": "log_odds", "options": {}},
    )


@pytest.fixture
def explained_study(trained_study, tmp_path):
    """The trained study with the maps of every split and seed, by the gradient."""
    from scripts.explain_split import explain_split

    trained_study.maps = []
    for weights, card in zip(trained_study.weights, trained_study.cards, strict=True):
        trained_study.maps.append(tmp_path / f"{weights.stem}.h5")
        explain_split(
            trained_study.store,
            trained_study.folds,
            weights,
            card,
            trained_study.maps[-1],
            experiment=trained_study.experiment,
            method=trained_study.gradient,
        )
    return trained_study
