import json

import nibabel
import numpy as np
import pytest
import torch

from scripts.randomise_data import randomise_data
from voxplain.attribution.attribute import attribute
from voxplain.networks.build import build
from voxplain.sanity.region import seen_voxels
from voxplain.sanity.similarity import similarity
from voxplain.store import Volumes
from voxplain.training.trained import write_trained

SANITY = {"permuted_per_split": 3, "bootstrap": 20, "seed": 1, "localisation": {"tolerance": 6}}
ARMS = ["true", "permuted1", "permuted2"]


@pytest.fixture
def twins(trained_study, tmp_path):
    """Weights and cards of three twins of both splits that hold somebody out, and of the one that is empty."""
    study, weights, cards = trained_study, [], []
    for place, arm in enumerate(ARMS):
        for split, path in zip(("r1f1", "r1f2", "r2f1"), study.cards[::2], strict=True):
            torch.manual_seed(10 + place)
            card = json.loads(path.read_text()) | {"arm": arm}
            state = None if card.get("empty") else build("mrinet", study.shape, width=2).state_dict()
            weights.append(tmp_path / f"{arm}_{split}.pt")
            cards.append(tmp_path / f"{arm}_{split}.card.json")
            write_trained(weights[-1], cards[-1], state, card)
    return weights, cards


def tables(study, twins, **named):
    asked = {"experiment": study.experiment, "method": study.gradient, "sanity": SANITY}
    return randomise_data(study.store, study.folds, *twins, **asked, **named)


def test_each_permuted_twin_stands_beside_the_true_one_for_the_same_scans(trained_study, twins):
    table, located = tables(trained_study, twins)
    assert located.empty
    assert list(located) == ["arm", "effect", "auc", "low", "high", "subjects", *(c for c in located if "diff" in c)]
    assert set(table["split"]) == {"r1f1", "r1f2"}
    assert table.groupby(["split", "kind", "arm"]).size().unique().tolist() == [3]
    assert set(table.loc[table["kind"] == "unrelated", "arm"]) == {"permuted1-permuted2"}
    networks = {}
    for place, arm in enumerate(ARMS):
        torch.manual_seed(10 + place)
        networks[arm] = build("mrinet", trained_study.shape, width=2).eval()
    row = table[table["arm"] == "permuted2"].iloc[0]
    volumes = Volumes(trained_study.store, [row["scan"]], "brain")
    found = {
        arm: attribute(network, volumes[0][None], "gradient", target=1, score="log_odds")[0, 0].numpy()
        for arm, network in networks.items()
    }
    region = volumes.mask(0).numpy() * seen_voxels(networks["true"], volumes.shape)
    expected = similarity(found["true"], found["permuted2"], region)
    assert {name: row[name] for name in expected} == pytest.approx(expected, abs=1e-5)


def test_of_a_made_cohort_every_twin_is_held_against_the_truth(trained_study, twins, tmp_path):
    truth, mask = np.random.default_rng(1).random((2, *trained_study.shape)).astype(np.float32)
    for name, values in (("truth", truth**4), ("mask", (mask > 0.4).astype(np.float32))):
        nibabel.save(nibabel.Nifti1Image(values, np.diag([-3, 3, 3, 1])), tmp_path / f"{name}.nii.gz")
    named = {"truths": {"region": tmp_path / "truth.nii.gz"}, "mask": tmp_path / "mask.nii.gz"}
    _, located = tables(trained_study, twins, **named)
    assert located["arm"].tolist() == ARMS
    assert located["subjects"].nunique() == 1
    assert located["subjects"].iloc[0] <= 6
