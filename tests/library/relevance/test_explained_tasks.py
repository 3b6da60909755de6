"""What is explained of networks of several classes, of amounts, and of those that are told covariates."""

import numpy as np
import pytest
import torch
from torch import nn

from voxplain.attribution.maps import read_maps, write_maps
from voxplain.relevance.averages import group_averages
from voxplain.relevance.explanation import explained_classes, explained_maps, explained_scores, method_of_task, told
from voxplain.relevance.groups import members
from voxplain.sanity.cascade_table import cascade_rows
from voxplain.sanity.choice import chosen_scans
from voxplain.sanity.localisation import subject_maps

GRADIENT = {"name": "gradient", "method": "gradient", "target": "predicted", "score": "logit", "options": {}}
AMOUNT = {"task": "regression", "target": {"mean": 50.0, "sd": 10.0}}
SHAPE = (4, 5, 6)


class Told(nn.Module):
    """Three logits of a volume, the first weighted by its covariate."""

    covariates = 1

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(nn.Conv3d(1, 2, 3, padding=1), nn.ReLU(), nn.Flatten())
        self.head = nn.Linear(2 * 4 * 5 * 6, 3)

    def forward(self, volumes, covariates):
        logits = self.head(self.features(volumes))
        return torch.cat([logits[:, :1] * covariates, logits[:, 1:]], 1)


class Packed(list):
    """Volumes in a list, with names and masks as a store has them."""

    @property
    def scans(self):
        return [f"sub-{place}" for place in range(len(self))]

    def mask(self, place):
        return torch.ones(SHAPE, dtype=torch.uint8)


@pytest.fixture
def network():
    torch.manual_seed(3)
    return Told().eval()


@pytest.fixture
def volumes():
    return Packed(torch.rand(3, 1, *SHAPE, generator=torch.Generator().manual_seed(1)).unbind())


def test_log_odds_of_a_class_are_against_all_others_together():
    logits = torch.tensor([[0.0, 1, 3], [2, 1, 0]]).double()
    classes = explained_classes(logits, "predicted")
    assert classes.tolist() == [2, 0]
    share = logits.softmax(1).gather(1, classes[:, None])[:, 0]
    assert torch.allclose(explained_scores(logits, classes, "log_odds"), torch.log(share / (1 - share)))


def test_of_a_regression_the_amount_is_explained_whatever_is_asked_for():
    asked = method_of_task(GRADIENT | {"target": 1, "score": "log_odds"}, "regression")
    logits = torch.tensor([[0.5], [-1]]).double()
    classes = explained_classes(logits, asked["target"])
    assert classes.tolist() == [0, 0] and explained_scores(logits, classes, asked["score"]).tolist() == [0.5, -1]
    assert told(logits, AMOUNT).tolist() == [55.0, 40.0]
    assert method_of_task(GRADIENT, "multiclass") is GRADIENT
    assert told(torch.tensor([[0.0, 1, 3]]), {"task": "multiclass"}).tolist() == [2]


def test_each_volume_is_explained_with_covariates_of_its_own(network, volumes):
    values = torch.tensor([[1.0], [2], [-3]])
    maps = list(explained_maps(network, volumes, torch.zeros(3, dtype=int), GRADIENT, covariates=values))
    for volume, value, found in zip(volumes, values, maps, strict=True):
        volume = volume[None].clone().requires_grad_()
        (expected,) = torch.autograd.grad(network(volume, value[None])[0, 0], volume)
        assert np.allclose(found, expected[0, 0], atol=1e-6) and np.abs(found).max() > 0


def test_a_cascade_randomises_a_network_that_is_told_covariates(network, volumes):
    rows = cascade_rows(
        network,
        volumes,
        torch.zeros(3, dtype=int),
        GRADIENT,
        np.ones(SHAPE, bool),
        draws=2,
        seed=[1],
        covariates=torch.tensor([[1.0], [2], [-3]]),
    )
    layers = [row["layer"] for row in rows if row["scan"] == "sub-0" and row["draw"] == 1 and row["kind"] == "cascade"]
    assert layers == ["trained", "head", "features.0"]


def test_maps_of_amounts_keep_them_and_are_averaged_over_all_scans(tmp_path):
    maps = np.arange(2 * 4 * 5 * 6, dtype=float).reshape(2, *SHAPE)
    scans = ["sub-1", "sub-2"]
    write_maps(
        tmp_path / "m.h5", scans, scans, [50.5, 60.0], np.array([52.25, 61]), maps, np.eye(4), {}, targets=[0, 0]
    )
    found = read_maps(tmp_path / "m.h5")
    assert found.label.tolist() == [50.5, 60.0] and found.predicted.tolist() == [52.25, 61.0]
    averages = group_averages([found], ["all", "class1", "correct"], SHAPE)
    assert np.allclose(averages["all"].mean, maps.mean(0)) and averages["all"].subjects == 2
    assert averages["class1"].subjects == averages["correct"].subjects == 0
    subjects, own = subject_maps([found], np.ones(SHAPE, bool))
    assert subjects == scans and np.allclose(own, maps.reshape(2, -1))


def test_a_third_class_has_its_group():
    assert members("class2correct", [2, 2, 1], [2, 0, 1]).tolist() == [True, False, False]


def test_scans_of_amounts_are_chosen_from_the_smallest_to_the_largest():
    labels = [40.0, 10.0, 30.0, 20.0, 50.0]
    assert chosen_scans(labels, [0.5] * 5, 3) == [1, 2, 4]
    assert sorted(chosen_scans(labels, [0.5] * 5, 9)) == [0, 1, 2, 3, 4]
