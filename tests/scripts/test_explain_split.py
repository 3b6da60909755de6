import h5py
import numpy as np
import pytest
import torch

from scripts.explain_split import explain_split
from voxplain.attribution.maps import read_maps
from voxplain.store import Volumes
from voxplain.training.trained import read_trained


def test_a_split_explains_exactly_the_scans_that_it_holds_out(explained_study):
    first, second = read_maps(explained_study.maps[0]), read_maps(explained_study.maps[2])
    assert first.scan == ["sub-0", "sub-1", "sub-2", "sub-3"]
    assert second.scan == ["sub-4", "sub-5", "sub-6"], "sub-7 was not packed"
    assert first.label.tolist() == [explained_study.labels[scan] for scan in first.scan]
    assert np.allclose(first.affine, np.diag([-3, 3, 3, 1]))


def test_maps_are_those_of_the_splits_own_network_on_what_the_experiment_shows_it(explained_study):
    found = read_maps(explained_study.maps[2])
    network, _ = read_trained(explained_study.weights[2], explained_study.cards[2])
    volume = Volumes(explained_study.store, ["sub-5"], "brain")[0][None].requires_grad_()
    logits = network(volume)[0]
    log_odds = logits[1] - logits[0]
    (expected,) = torch.autograd.grad(log_odds, volume)
    assert np.allclose(found.maps[1], expected[0, 0], rtol=1e-4, atol=1e-7)
    assert found.score[1] == pytest.approx(log_odds.item(), rel=1e-4)
    assert found.predicted[1] == logits.argmax().item()
    assert found.target.tolist() == [1, 1, 1]


def test_a_predicted_target_is_each_scans_own_class(trained_study, tmp_path):
    weights, card = trained_study.weights[0], trained_study.cards[0]
    method = trained_study.gradient | {"target": "predicted", "score": "probability"}
    given = trained_study.store, trained_study.folds, weights, card, tmp_path / "maps.h5"
    explain_split(*given, experiment=trained_study.experiment, method=method)
    found = read_maps(tmp_path / "maps.h5")
    assert found.target.tolist() == found.predicted.tolist()
    assert (found.score >= 0.5).all()


def test_a_split_without_scans_leaves_an_empty_file_that_says_why(explained_study):
    found = read_maps(explained_study.maps[-1])
    assert len(found) == 0
    assert found.maps.shape == (0, *explained_study.shape)
    with h5py.File(explained_study.maps[-1]) as file:
        assert file.attrs["empty"] == "nobody held out"


def test_the_file_says_what_made_it(explained_study):
    about = read_maps(explained_study.maps[0]).about
    assert about["method"] == "gradient"
    assert about["settings"] == explained_study.gradient
    assert about["provenance"]["split"] == "r1f1"
    assert "empty" not in about
