import json

import numpy as np
import pandas as pd
import pytest
import torch

from scripts.explain_split import explain_split
from scripts.randomise_model import randomise_model
from voxplain.attribution.maps import read_maps
from voxplain.networks.build import build
from voxplain.store import Volumes
from voxplain.training.trained import write_trained


@pytest.fixture
def of_amounts(trained_study):
    """The trained study with networks that tell an age."""
    table = pd.read_csv(trained_study.folds, sep="\t")
    table["label"] = 50.0 + 3.5 * table["scan"].str[-1].astype(int)
    table.to_csv(trained_study.folds, sep="\t", index=False)
    for weights, path in zip(trained_study.weights, trained_study.cards, strict=True):
        card = json.loads(path.read_text()) | {"classes": [], "task": "regression", "target": {"mean": 60.0, "sd": 8.0}}
        torch.manual_seed(card["seed"])
        state = build("mrinet", trained_study.shape, classes=None, width=2).state_dict()
        write_trained(weights, path, None if card.get("empty") else state, card)
    return trained_study


def test_a_split_of_amounts_is_explained_by_their_own_gradient(of_amounts, tmp_path):
    given = of_amounts.store, of_amounts.folds, of_amounts.weights[0], of_amounts.cards[0], tmp_path / "maps.h5"
    explain_split(*given, experiment=of_amounts.experiment, method=of_amounts.gradient)
    found = read_maps(tmp_path / "maps.h5")
    torch.manual_seed(1)
    network = build("mrinet", of_amounts.shape, classes=None, width=2).eval()
    volume = Volumes(of_amounts.store, ["sub-2"], "brain")[0][None].requires_grad_()
    amount = network(volume)[0, 0]
    (expected,) = torch.autograd.grad(amount, volume)
    assert np.allclose(found.maps[2], expected[0, 0], rtol=1e-4, atol=1e-7)
    assert found.score[2] == pytest.approx(amount.item(), rel=1e-4)
    assert found.predicted[2] == pytest.approx(60 + 8 * amount.item(), rel=1e-5)
    assert found.label[2] == 57.0 and found.target.tolist() == [0] * 4


def test_networks_of_amounts_are_randomised_too(of_amounts):
    sanity = {"scans_per_split": 2, "draws": 2, "seed": 1}
    given = of_amounts.store, of_amounts.folds, of_amounts.weights[:1], of_amounts.cards[:1]
    table = randomise_model(*given, experiment=of_amounts.experiment, method=of_amounts.gradient, sanity=sanity)
    assert set(table["split"]) == {"r1f1"} and table["scan"].nunique() == 2
    assert table.loc[table["step"] == 0, "spearman"].round(6).eq(1).all()
