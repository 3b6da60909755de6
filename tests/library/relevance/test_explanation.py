import numpy as np
import pytest
import torch
from torch import nn

from voxplain.relevance.explanation import explained_classes, explained_maps, explained_scores

GRADIENT = {"method": "gradient", "score": "logit", "options": {}}


def test_the_class_explained_is_the_predicted_or_the_asked_one():
    logits = torch.tensor([[0.0, 1], [2, 1]])
    assert explained_classes(logits, "predicted").tolist() == [1, 0]
    assert explained_classes(logits, 1).tolist() == [1, 1]


@pytest.mark.parametrize(
    ("score", "expected"), [("logit", [1, 2]), ("log_odds", [1, 1]), ("probability", [1 / (1 + np.exp(-1))] * 2)]
)
def test_the_score_explained_is_worked_from_the_logits(score, expected):
    logits = torch.tensor([[0.0, 1], [2, 1]]).double()
    assert explained_scores(logits, torch.tensor([1, 0]), score).tolist() == pytest.approx(expected)


def test_each_map_is_of_its_own_class_and_summed_over_channels():
    network = nn.Sequential(nn.Flatten(), nn.Linear(2 * 2 * 3 * 4, 2)).eval()
    volumes = [torch.rand(2, 2, 3, 4) for _ in range(2)]
    maps = list(explained_maps(network, volumes, torch.tensor([1, 0]), GRADIENT))
    weight = network[1].weight.detach().numpy().reshape(2, 2, 2, 3, 4)
    assert np.allclose(maps, [weight[1].sum(0), weight[0].sum(0)])
    assert maps[0].dtype == np.float32
