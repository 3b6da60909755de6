import json

import numpy as np
import pandas as pd
import pytest
import torch

from scripts.explain_split import explain_split
from scripts.find_shortcuts import find_shortcuts
from scripts.mask_inputs import mask_inputs
from scripts.predict_experiment import predict_experiment
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
    plain = {"single": False, "beside": [], "smoothed": None, "efficient": None}
    sanity = {"scans_per_split": 2, "draws": 2, "seed": 1, "randomisation": plain}
    given = of_amounts.store, of_amounts.folds, of_amounts.weights[:1], of_amounts.cards[:1]
    table = randomise_model(*given, experiment=of_amounts.experiment, method=of_amounts.gradient, sanity=sanity)
    assert set(table["split"]) == {"r1f1"} and table["scan"].nunique() == 2
    assert table.loc[table["step"] == 0, "spearman"].round(6).eq(1).all()


def test_scans_of_amounts_are_shown_through_one_mask_and_scored_by_r2(of_amounts):
    asked = {"scans": 3, "held_out": None, "shares": [0.2], "fill": "mean", "random": 1}
    given = of_amounts.store, of_amounts.folds, of_amounts.weights, of_amounts.cards
    sanity = {"bootstrap": 20, "seed": 1, "masked_input": asked}
    table, made = mask_inputs(*given, experiment=of_amounts.experiment, method=of_amounts.gradient, sanity=sanity)
    assert set(table["mask"]) == {"joint", "random", "edges", "centre"} and "roc_auc" not in table
    assert table["r2"].notna().all() and list(made) == ["r1f1", "r1f2"]


def test_shortcuts_of_amounts_are_told_by_r2_and_by_what_the_label_leaves(of_amounts, tmp_path):
    given = {name: getattr(of_amounts, name) for name in ("store", "folds", "weights", "cards")}
    predicted = predict_experiment(**given, experiment=of_amounts.experiment, classes=())
    predicted.to_csv(tmp_path / "predictions.tsv", sep="\t", index=False)
    scans = pd.DataFrame({"scan": [f"sub-{one}" for one in range(8)], "brain_volume_ml": [1200.0, 1300] * 4})
    scans.to_csv(tmp_path / "scans.tsv", sep="\t", index=False)
    maps = [tmp_path / f"{place}.h5" for place in range(6)]
    experiment = of_amounts.experiment | {"mask": "none"}
    for weights, card, path in zip(of_amounts.weights, of_amounts.cards, maps, strict=True):
        explained = of_amounts.store, of_amounts.folds, weights, card, path
        explain_split(*explained, experiment=experiment, method=of_amounts.gradient)
    asked = {"border": 6, "untrained_networks": 2, "untrained_scans": 1, "permutations": 20}
    asked |= {"least_excess": 0.05, "least_correlation": 0.3, "level": 0.05}
    files = given | {"scans": tmp_path / "scans.tsv", "predictions": tmp_path / "predictions.tsv", "maps": maps}
    how = {"methods": [of_amounts.gradient], "columns": [], "sanity": {"bootstrap": 20, "seed": 1, "shortcuts": asked}}
    table = find_shortcuts(**files, experiment=experiment, **how).set_index(["method", "cue"])
    assert table.loc[("network", "only_outside"), "measure"] == "r2"
    assert np.isfinite(table.loc[("network", "only_outside"), "value"])
    assert np.isfinite(table.loc[("gradient", "outside"), ["value", "untrained", "difference_low"]].astype(float)).all()
