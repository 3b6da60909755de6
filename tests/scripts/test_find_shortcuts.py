import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.metrics import roc_auc_score
from torch import nn

import scripts.find_shortcuts
from scripts.find_shortcuts import find_shortcuts
from scripts.predict_experiment import predict_experiment
from voxplain.attribution.maps import read_maps, write_maps
from voxplain.networks.build import build
from voxplain.networks.seen_field import seen_field
from voxplain.sanity.shortcuts import COLUMNS
from voxplain.store import Volumes, write_store
from voxplain.training.predictions import predicted_logits
from voxplain.training.trained import built, read_card, read_trained, write_trained

SHORTCUTS = {"border": 6, "untrained_networks": 1, "untrained_scans": 1, "permutations": 20}
SHORTCUTS |= {"least_excess": 0.05, "least_correlation": 0.3, "level": 0.05}
SANITY = {"bootstrap": 20, "seed": 1, "shortcuts": SHORTCUTS}


@pytest.fixture
def given(explained_study, tmp_path):
    study = explained_study
    table = pd.DataFrame({"scan": [f"sub-{one}" for one in range(8)], "site": "", "Age": range(20, 28)})
    table = table.assign(brain_volume_ml=range(1200, 1208), brain_volume_input_ml_affine=range(1400, 1408))
    table.to_csv(tmp_path / "scans.tsv", sep="\t", index=False)
    study.scans = tmp_path / "scans.tsv"
    predicted = predict_experiment(
        study.store, study.folds, study.weights, study.cards, experiment=study.experiment, classes=("F", "M")
    )
    predicted.to_csv(tmp_path / "predictions.tsv", sep="\t", index=False)
    study.predictions = tmp_path / "predictions.tsv"
    return study


def found(study, mask="none", **changed):
    names = ("store", "folds", "scans", "predictions", "weights", "cards", "maps")
    given = {name: getattr(study, name) for name in names}
    experiment = study.experiment | {"mask": mask}
    how = {"experiment": experiment, "methods": [study.gradient], "columns": ["Age"], "sanity": SANITY}
    return find_shortcuts(**(given | changed), **how)


def test_a_row_for_every_cue_of_every_method_and_of_the_network(given):
    table = found(given)
    assert list(table) == COLUMNS
    rows = list(table[["method", "cue"]].itertuples(index=False, name=None))
    linked = ["size", "native_size", "Age"]
    expected = [
        ("network", "only_outside"),
        ("network", "faces"),
        *(("gradient", one) for one in ("outside", "border", "face", "neck")),
    ]
    assert rows == [*expected, *(("network", one) for one in linked), *(("gradient", one) for one in linked)]
    assert set(table["flagged"]) <= {"yes", "no", "undefined"} and table["sentence"].str.endswith(".").all()
    pd.testing.assert_frame_equal(found(given), table)


def test_the_share_outside_is_the_mean_over_subjects_of_all_their_maps(given):
    row = found(given).set_index(["method", "cue"]).loc[("gradient", "outside")]
    volumes = Volumes(given.store)
    seen = seen_field(built(read_card(given.cards[0])), given.shape)
    shares, voxels = {}, []
    for source in map(read_maps, given.maps):
        for scan, one in zip(source.scan, source.maps, strict=True):
            brain = volumes.mask(volumes.scans.index(scan)).numpy() > 0
            size = np.abs(one, dtype=np.float64) * seen
            shares.setdefault(scan, []).append(size[~brain].sum() / size.sum())
            voxels.append((~brain & seen).sum() / seen.sum())
    assert row["n"] == len(shares) == 7
    assert row["value"] == pytest.approx(np.mean([np.mean(one) for one in shares.values()]))
    assert row["reference"] == pytest.approx(np.mean(voxels))


def test_only_the_outside_is_shown_with_the_mean_of_training_scans_in_every_brain(given):
    row = found(given).iloc[0]
    volumes, aucs = Volumes(given.store), []
    for place, held_out in ((0, ["sub-0", "sub-1", "sub-2", "sub-3"]), (2, ["sub-4", "sub-5", "sub-6"])):
        network, _ = read_trained(given.weights[place], given.cards[place])
        training = [one for one in volumes.scans if one not in held_out]
        at = [volumes.scans.index(one) for one in training]
        mean = torch.stack([volumes[one] for one in at]).mean(0)
        common = torch.stack([volumes.mask(one) for one in at]).max(0).values > 0
        told = []
        for scan in held_out:
            one = volumes.scans.index(scan)
            told.append(predicted_logits(network, [torch.where((volumes.mask(one) > 0) | common, mean, volumes[one])]))
        odds = torch.cat(told).numpy()
        aucs.append(roc_auc_score([given.labels[scan] for scan in held_out], odds[:, 1] - odds[:, 0]))
    assert row["measure"] == "roc_auc" and row["n"] == 7 and row["value"] == pytest.approx(np.mean(aucs))


def test_a_network_that_is_shown_only_the_brain_has_the_border_alone(given):
    table = found(given, mask="brain").set_index(["method", "cue"])
    for key in (
        ("network", "only_outside"),
        ("network", "faces"),
        ("gradient", "outside"),
        ("gradient", "face"),
        ("gradient", "neck"),
    ):
        assert table.loc[key, "flagged"] == "undefined"
        assert "the network is shown nothing but the brain" in table.loc[key, "sentence"]
    assert np.isfinite(table.loc[("gradient", "border"), "value"])


def test_brains_that_came_without_a_head_are_called_no_heads(given, tmp_path):
    volumes = Volumes(given.store, mask="brain")
    rows = [(scan, scan, volumes[one][0], volumes.mask(one)) for one, scan in enumerate(volumes.scans)]
    write_store(tmp_path / "brains.h5", rows, volumes.affine, volumes.space, {})
    told = found(given, store=tmp_path / "brains.h5").set_index(["method", "cue"]).loc[("network", "faces"), "sentence"]
    assert "the network is shown nothing but the brain" in told and "heads as they came" not in told


def test_scans_in_spaces_of_their_own_have_no_face_and_neck_and_the_rest(given, tmp_path):
    volumes = Volumes(given.store)
    rows = [(scan, scan, volumes[one][0], volumes.mask(one), volumes.affine) for one, scan in enumerate(volumes.scans)]
    write_store(tmp_path / "own.h5", rows, None, "own", {})
    table = found(given, store=tmp_path / "own.h5").set_index(["method", "cue"])
    for key in (("gradient", "neck"), ("network", "faces")):
        assert "every scan lies in a space of its own" in table.loc[key, "sentence"]
    assert np.isfinite(table.loc[("gradient", "outside"), "value"])
    assert np.isfinite(table.loc[("network", "only_outside"), "value"])


def test_a_study_without_a_map_and_a_held_out_scan_says_so(given, tmp_path):
    empty = pd.read_csv(given.predictions, sep="\t").iloc[:0]
    empty.to_csv(tmp_path / "none.tsv", sep="\t", index=False)
    last = {name: getattr(given, name)[-1:] for name in ("weights", "cards", "maps")}
    table = found(given, predictions=tmp_path / "none.tsv", **last)
    assert (table["flagged"] == "undefined").all() and table.loc[table["cue"] != "faces", "value"].isna().all()
    assert "because no scan was held out" in table.loc[0, "sentence"]


class Looking(nn.Module):
    """Logits 0 and the mean over the voxels ``where``, after the mean of both classes is taken off."""

    def __init__(self, where, middle):
        super().__init__()
        self.where, self.middle = torch.as_tensor(where), middle

    def forward(self, volumes):
        total = volumes[:, 0, self.where].mean(1) - self.middle
        return torch.stack([torch.zeros_like(total), 20 * total], 1)


@pytest.fixture
def cohort(tmp_path):
    """Forty scans whose classes differ in the brain and outside it, two folds, and a table of them."""
    generator, labels = np.random.default_rng(3), np.arange(40) % 2
    brain = np.zeros((22, 26, 24), bool)
    brain[5:17, 6:20, 5:19] = True
    names = [f"sub-{one:02d}" for one in range(40)]

    def rows():
        for name, label in zip(names, labels, strict=True):
            own = brain.copy()
            own[4, 6:20, 5:19] = generator.random() > 0.5
            level = np.where(own, 1 + 0.2 * label, 0.5 + 0.2 * label)
            yield name, name, level + generator.normal(0, 0.3, brain.shape), own

    write_store(tmp_path / "store.h5", rows(), np.diag([4.0, 4, 4, 1]), "mni152", {})
    table = pd.DataFrame({"scan": names, "subject": names, "label": labels, "site": "", "brain_volume_ml": 1200.0})
    table.to_csv(tmp_path / "scans.tsv", sep="\t", index=False)
    roles = [np.where((np.arange(40) < 20) == (split == 1), "test", "train") for split in (1, 2)]
    folds = pd.concat([table.assign(split=f"r1f{split}", role=role) for split, role in zip((1, 2), roles, strict=True)])
    folds.to_csv(tmp_path / "folds.tsv", sep="\t", index=False)
    return brain, labels, names, tmp_path


@pytest.mark.parametrize(("looks", "flagged"), [("outside", "yes"), ("brain", "no")])
def test_a_network_that_goes_by_the_outside_is_flagged_and_one_that_goes_by_the_brain_is_not(
    cohort, monkeypatch, looks, flagged
):
    brain, labels, names, folder = cohort
    where = brain if looks == "brain" else ~brain
    where = where & (np.indices(brain.shape)[0] > 4)
    middle = 1.1 if looks == "brain" else 0.6
    weights, cards, maps, tables = [], [], [], []
    for fold in (1, 2):
        card = {"network": {"name": "mrinet", "width": 2}, "input_shape": brain.shape, "classes": ["F", "M"]}
        card |= {"split": f"r1f{fold}", "seed": 1}
        weights.append(folder / f"{fold}.pt")
        cards.append(folder / f"{fold}.json")
        write_trained(weights[-1], cards[-1], build("mrinet", brain.shape, width=2).state_dict(), card)
        own = slice(0, 20) if fold == 1 else slice(20, 40)
        maps.append(folder / f"maps{fold}.h5")
        arrays = np.tile(where.astype(np.float32), (20, 1, 1, 1))
        write_maps(maps[-1], names[own], names[own], labels[own], labels[own], arrays, np.eye(4), {"provenance": card})
        tables.append(pd.DataFrame({"scan": names[own], "subject": names[own], "label": labels[own]}))
        told = {"probability_0": 0.5, "probability_1": 0.5, "logit_0": 0.0, "logit_1": labels[own]}
        tables[-1] = tables[-1].assign(split=f"r1f{fold}", seed=1, predicted=labels[own], **told)
    pd.concat(tables).to_csv(folder / "predictions.tsv", sep="\t", index=False)

    def looking(weights_path, card_path):
        return Looking(where, middle), read_card(card_path)

    monkeypatch.setattr(scripts.find_shortcuts, "read_trained", looking)
    files = {"store": folder / "store.h5", "folds": folder / "folds.tsv", "scans": folder / "scans.tsv"}
    files |= {"predictions": folder / "predictions.tsv", "weights": weights, "cards": cards, "maps": maps}
    experiment = {"input": "affine", "mask": "none", "device": "cpu", "training": {"threads": 1}}
    method = {"name": "gradient", "method": "gradient", "target": 1, "score": "log_odds", "options": {}}
    table = find_shortcuts(**files, experiment=experiment, methods=[method], columns=[], sanity=SANITY)
    table = table.set_index(["method", "cue"])
    assert table.loc[("network", "only_outside"), "flagged"] == flagged
    assert table.loc[("gradient", "outside"), "flagged"] == flagged
    assert table.loc[("gradient", "outside"), "value"] == (looks == "outside")
