"""Networks of three classes that are told an age: shown scans through masks, and looked at for shortcuts."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch

from scripts.explain_split import explain_split
from scripts.extract_features import extract_features
from scripts.find_shortcuts import find_shortcuts
from scripts.look_at_weights import look_at_weights
from scripts.mask_inputs import mask_inputs
from scripts.maximise_activation import maximise_activation
from scripts.predict_experiment import predict_experiment
from scripts.rank_influence import rank_influence
from scripts.study_first_layer import study_first_layer
from voxplain.networks.build import build
from voxplain.store import write_store
from voxplain.training.trained import write_trained

pytestmark = pytest.mark.slow

SHAPE = (76, 78, 77)
CLASSES = ["CN", "MCI", "AD"]
GRADIENT = {"name": "gradient", "method": "gradient", "target": 2, "score": "logit", "options": {}}


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """Twelve scans of three classes, each class four times, and a network for each of two folds."""
    folder, generator = tmp_path_factory.mktemp("told"), np.random.default_rng(6)
    names = [f"sub-{one:02d}" for one in range(12)]
    table = pd.DataFrame({"scan": names, "subject": names, "label": np.arange(12) % 3})
    brain = np.zeros(SHAPE)
    brain[16:60, 16:64, 16:60] = 1
    rows = [(name, name, generator.random(SHAPE), brain) for name in names]
    write_store(folder / "store.h5", rows, np.diag([3.0, 3, 3, 1]), "mni152", {})
    scans = table.assign(Age=60 + np.arange(12), site="", brain_volume_ml=1200.0 + np.arange(12) % 5)
    scans.to_csv(folder / "scans.tsv", sep="\t", index=False)
    weights, cards, folds = [], [], []
    for fold in (1, 2):
        role = np.where((np.arange(12) < 6) == (fold == 1), "test", "train")
        folds.append(table.assign(split=f"r1f{fold}", role=role))
        card = {"network": {"name": "s500_cnn", "width": 2}, "input_shape": SHAPE, "classes": CLASSES, "seed": 1}
        card |= {"split": f"r1f{fold}", "covariates": {"Age": {"kind": "number", "mean": 65.0, "sd": 3.0}}}
        torch.manual_seed(fold)
        weights.append(folder / f"{fold}.pt")
        cards.append(folder / f"{fold}.json")
        state = build("s500_cnn", SHAPE, classes=3, width=2, covariates=1).state_dict()
        write_trained(weights[-1], cards[-1], state, card)
    pd.concat(folds).to_csv(folder / "folds.tsv", sep="\t", index=False)
    files = {name: folder / f"{name}.tsv" for name in ("scans", "folds")} | {"store": folder / "store.h5"}
    experiment = {"input": "affine", "mask": "none", "device": "cpu", "training": {"threads": 1}}
    experiment["covariates"] = {"Age": "number"}
    return SimpleNamespace(folder=folder, files=files, weights=weights, cards=cards, experiment=experiment)


def test_three_classes_have_a_mask_each_and_are_told_the_age_beside_it(study):
    asked = {"scans": 3, "held_out": None, "shares": [0.2], "fill": "mean", "random": 1}
    table, made = mask_inputs(
        **study.files,
        weights=study.weights,
        cards=study.cards,
        experiment=study.experiment,
        method=GRADIENT,
        sanity={"bootstrap": 20, "seed": 1, "masked_input": asked},
    )
    assert set(table["mask"]) == {"class0", "class1", "class2", "joint", "random", "edges", "centre"}
    assert table[["balanced_accuracy", "roc_auc"]].notna().all(axis=None)
    assert [len(one["scans"]) for one in made.values()] == [3, 3]


def test_the_age_that_a_network_is_told_is_no_shortcut(study):
    given = study.files | {"weights": study.weights, "cards": study.cards}
    predicted = predict_experiment(**given, experiment=study.experiment, classes=CLASSES)
    predicted.to_csv(study.folder / "predictions.tsv", sep="\t", index=False)
    maps = [study.folder / f"maps{fold}.h5" for fold in (1, 2)]
    about = {"experiment": study.experiment, "method": GRADIENT, "scans": study.files["scans"]}
    for weights, card, path in zip(study.weights, study.cards, maps, strict=True):
        explain_split(study.files["store"], study.files["folds"], weights, card, path, **about)
    asked = {"border": 6, "untrained_networks": 1, "untrained_scans": 1, "permutations": 20}
    asked |= {"least_excess": 0.05, "least_correlation": 0.3, "level": 0.05}
    how = {"methods": [GRADIENT], "columns": ["Age"], "sanity": {"bootstrap": 20, "seed": 1, "shortcuts": asked}}
    files = given | {"predictions": study.folder / "predictions.tsv", "maps": maps}
    table = find_shortcuts(**files, experiment=study.experiment, **how).set_index(["method", "cue"])
    assert table.loc[("network", "Age"), "flagged"] == "undefined"
    assert table.loc[("network", "Age"), "sentence"].endswith("which the network is told.")
    assert np.isfinite(table.loc[("network", "only_outside"), "value"])
    assert np.isfinite(table.loc[("network", "native_size"), "value"])


def test_networks_that_are_told_an_age_can_be_looked_into(study):
    given = [study.files["store"], study.files["folds"], study.weights, study.cards]
    scans, experiment = study.files["scans"], study.experiment
    asked = {"layers": "first", "scans_per_split": 1}
    kernels, filters = look_at_weights(*given, experiment=experiment, asked=asked, scans=scans)
    assert len(kernels) == 2 and set(filters["split"]) == {"r1f1", "r1f2"}
    asked = {"groups": None, "layer": None, "levels": 16, "seed": 1}
    _, differences = study_first_layer(*given, scans, experiment=experiment, asked=asked, classes=CLASSES)
    pairs = set(differences[["first", "second"]].itertuples(index=False, name=None))
    assert pairs == {("AD", "CN"), ("AD", "MCI"), ("CN", "MCI")}
    asked = {"targets": [2], "score": None, "start": "mean", "noise": None, "draws": 1, "iterations": 2, "rate": 0.05}
    asked |= {"projected": [True], "components": 2, "priors": {}, "seed": 0}
    one = [study.files["store"], study.files["folds"], study.weights[0], study.cards[0], study.folder]
    draws, _ = maximise_activation(*one, experiment=experiment, asked=asked, scans=scans)
    assert draws["asked"].tolist() == ["class AD"] and (study.folder / draws["file"].item()).is_file()


def test_what_networks_are_told_is_among_their_features_and_their_training_scans_have_influence(study):
    given = [study.files["store"], study.files["folds"], study.weights[0], study.cards[0]]
    how = {"experiment": study.experiment, "scans": study.files["scans"]}
    found = extract_features(*given, **how)
    assert found.about["told"] == ["Age"]
    ages = (60 + np.arange(12) - 65.0) / 3
    np.testing.assert_allclose(found.features[np.argsort(found.table["scan"]), -1], ages, rtol=1e-5)
    asked = {"methods": ["influence_functions"], "labels": "predicted", "by": "relative", "top": 2, "damping": 0.1}
    held_out, training = rank_influence(*given, None, asked=asked, **how)
    assert held_out.groupby("scan").size().eq(4).all() and training["self_influence"].notna().sum() == 6
    said = found.of("test").table.set_index("scan")["predicted"]
    assert held_out.groupby("scan")["label"].first().to_dict() == said.to_dict()
