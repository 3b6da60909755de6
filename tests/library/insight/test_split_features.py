import numpy as np
import pandas as pd
import pytest
import torch

from tests.library.baselines.made_study import made_folds
from voxplain.cohort.folds import Folds
from voxplain.errors import InputError
from voxplain.insight.feature_files import read_features, write_features
from voxplain.insight.features import features
from voxplain.insight.split_features import split_features
from voxplain.networks.build import build
from voxplain.store import Volumes, write_store
from voxplain.training.judging import predictions_of
from voxplain.training.trained import write_trained

SHAPE, SCANS = (22, 24, 26), [f"sub-{number:02d}" for number in range(12)]


@pytest.fixture
def study(tmp_path):
    """A store of twelve made scans, folds of three splits and a network of the first, normalised by what it saw."""

    def volumes():
        for scan in SCANS[:-1]:
            yield scan, scan, np.random.default_rng([7, *scan.encode()]).random(SHAPE), np.ones(SHAPE)

    write_store(tmp_path / "affine.h5", volumes(), np.eye(4), "mni152", {})
    table = pd.DataFrame({"scan": SCANS, "subject": SCANS, "label": np.arange(12) % 2})

    def trained(name="mrinet", classes=("F", "M"), **more):
        torch.manual_seed(0)
        card = {"network": {"name": name, "width": 2}, "input_shape": SHAPE, "classes": list(classes)}
        card |= {"split": "r1f1", "seed": 1, "normalisation": "voxel_zscore"} | more
        weights = build(name, SHAPE, classes=len(classes) or None, width=2).state_dict()
        found = {"mean": torch.rand(1, *SHAPE), "spread": torch.rand(1, *SHAPE) + 0.5}
        write_trained(tmp_path / "one.pt", tmp_path / "one.json", weights, card, found)
        return tmp_path / "affine.h5", Folds(made_folds(table)), tmp_path / "one.pt", tmp_path / "one.json"

    return trained


@pytest.mark.parametrize("name", ["mrinet", "slab_cnn"])
def test_every_packed_scan_of_a_split_has_features_a_role_and_the_prediction_of_its_network(study, name):
    store, folds, weights, card = study(name)
    found = split_features(store, folds, weights, card, mask="none", batch=3)
    assert found.table["scan"].tolist() == SCANS[:-1] and len(found.features) == 11 and found.latents is None
    roles = dict(zip(("train", "validation", "test"), folds.roles("r1f1"), strict=True))
    for role, scans in roles.items():
        assert found.of(role).table["scan"].tolist() == [scan for scan in scans if scan != "sub-11"]
        assert len(found.of(role).features) == len(found.of(role).table)
    judged = predictions_of(store, folds, [weights], [card], None, mask="none", classes=("F", "M"), device="cpu")
    expected = judged.reset_index(drop=True)
    pd.testing.assert_frame_equal(found.of("test").table[list(expected)], expected, check_dtype=False)


def test_features_are_of_volumes_as_the_network_is_shown_them(study):
    store, folds, weights, card = study()
    found = split_features(store, folds, weights, card, mask="none")
    saved = torch.load(weights, weights_only=True)
    network = build("mrinet", SHAPE, width=2)
    network.load_state_dict({key: value for key, value in saved.items() if "normalisation" not in key})
    mean, spread = saved["normalisation.mean"], saved["normalisation.spread"]
    shown = [(volume - mean) / spread for volume in Volumes(store, found.table["scan"])]
    np.testing.assert_allclose(found.features, features(network, shown), atol=1e-4)


def test_features_are_written_without_pickles_and_read_as_they_were_the_same_bytes_each_time(study, tmp_path):
    found = split_features(*study(), mask="none")
    write_features(tmp_path / "one.npz", found)
    write_features(tmp_path / "two.npz", split_features(*study(), mask="none"))
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()
    again = read_features(tmp_path / "one.npz")
    pd.testing.assert_frame_equal(again.table, found.table, check_dtype=False)
    np.testing.assert_array_equal(again.features, found.features)
    assert again.about == found.about and again.latents is None
    (tmp_path / "one.npz").write_bytes(b"nothing")
    with pytest.raises(InputError, match="not a file of features"):
        read_features(tmp_path / "one.npz")


def test_a_regression_tells_amounts_in_the_unit_of_the_label(study):
    store, folds, weights, card = study(classes=(), task="regression", target={"mean": 50.0, "sd": 4.0})
    found = split_features(store, folds, weights, card, mask="none").of("test")
    judged = predictions_of(store, folds, [weights], [card], None, mask="none", classes=(), device="cpu")
    np.testing.assert_allclose(found.table["predicted"], judged["predicted"])
    assert not [name for name in found.table if name.startswith("probability")]


def test_a_split_without_a_network_has_no_row_and_says_why(study, tmp_path):
    found = split_features(*study(empty="nobody trains it"), mask="none")
    assert found.table.empty and found.features.shape == (0, 0) and found.about["empty"] == "nobody trains it"
    write_features(tmp_path / "none.npz", found)
    again = read_features(tmp_path / "none.npz")
    assert again.about == found.about and list(again.table) == list(found.table) and again.of("test").table.empty
