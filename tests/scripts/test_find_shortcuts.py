import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.metrics import roc_auc_score

from scripts.find_shortcuts import find_shortcuts
from scripts.predict_experiment import predict_experiment
from voxplain.attribution.maps import read_maps
from voxplain.networks.seen_field import seen_field
from voxplain.sanity.shortcuts import COLUMNS
from voxplain.store import Volumes, write_store
from voxplain.training.predictions import predicted_logits
from voxplain.training.trained import built, read_card, read_trained

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
    expected = [("network", "only_outside"), *(("gradient", one) for one in ("outside", "border", "face", "neck"))]
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
    for key in (("network", "only_outside"), ("gradient", "outside"), ("gradient", "face"), ("gradient", "neck")):
        assert table.loc[key, "flagged"] == "undefined"
        assert "the network is shown nothing but the brain" in table.loc[key, "sentence"]
    assert np.isfinite(table.loc[("gradient", "border"), "value"])


def test_scans_in_spaces_of_their_own_have_no_face_and_neck_and_the_rest(given, tmp_path):
    volumes = Volumes(given.store)
    rows = [(scan, scan, volumes[one][0], volumes.mask(one), volumes.affine) for one, scan in enumerate(volumes.scans)]
    write_store(tmp_path / "own.h5", rows, None, "own", {})
    table = found(given, store=tmp_path / "own.h5").set_index(["method", "cue"])
    assert "every scan lies in a space of its own" in table.loc[("gradient", "neck"), "sentence"]
    assert np.isfinite(table.loc[("gradient", "outside"), "value"])
    assert np.isfinite(table.loc[("network", "only_outside"), "value"])


def test_a_study_without_a_map_and_a_held_out_scan_says_so(given, tmp_path):
    empty = pd.read_csv(given.predictions, sep="\t").iloc[:0]
    empty.to_csv(tmp_path / "none.tsv", sep="\t", index=False)
    last = {name: getattr(given, name)[-1:] for name in ("weights", "cards", "maps")}
    table = found(given, predictions=tmp_path / "none.tsv", **last)
    assert (table["flagged"] == "undefined").all() and table["value"].isna().all()
    assert "because no scan was held out" in table.loc[0, "sentence"]
