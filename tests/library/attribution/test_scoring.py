import pytest
import torch
from torch import nn

from voxplain.attribution.scoring import asked
from voxplain.errors import SettingsError

LOGITS = torch.tensor([[1.0, 3.0, -2.0], [0.5, 0.0, 4.0]]).double()


class Fixed(nn.Module):
    """Says ``logits`` whatever it is shown."""

    def __init__(self, logits):
        super().__init__()
        self.logits = logits

    def forward(self, volumes):
        return self.logits[: len(volumes)]


def scores(logits, target="predicted", score=None):
    return asked(Fixed(logits), target, score, logits).scores(logits)


def test_log_odds_of_one_class_against_all_others():
    odds = LOGITS.softmax(1)[:, 0] / (1 - LOGITS.softmax(1)[:, 0])
    torch.testing.assert_close(scores(LOGITS, 0, "log_odds"), odds.log())


def test_two_classes_are_scored_by_the_difference_of_their_logits_unless_told_otherwise():
    assert scores(LOGITS[:, :2], 1).tolist() == [2.0, -0.5]
    assert scores(LOGITS[:, :2]).tolist() == [2.0, 0.5]
    assert scores(LOGITS[:, :2], 1, "logit").tolist() == [3.0, 0.0]


def test_more_classes_or_one_output_are_scored_by_their_logit():
    assert scores(LOGITS).tolist() == [3.0, 4.0]
    assert scores(LOGITS, [2, 0]).tolist() == [-2.0, 0.5]
    assert scores(LOGITS[:, :1]).tolist() == [1.0, 0.5]
    assert scores(LOGITS[:, 0]).tolist() == [1.0, 0.5]


def test_the_probability_is_softmax():
    torch.testing.assert_close(scores(LOGITS, 1, "probability"), LOGITS.softmax(1)[:, 1])


@pytest.mark.parametrize("score", ["log_odds", "probability"])
def test_one_output_has_no_probability(score):
    with pytest.raises(SettingsError, match="the network has one output"):
        scores(LOGITS[:, :1], score=score)


def test_log_odds_of_certain_logits_stay_finite_with_their_slope():
    logits = (LOGITS[:, :2] * 1000).requires_grad_()
    found = scores(logits, 1)
    (slope,) = torch.autograd.grad(found.sum(), logits)
    assert found.tolist() == [2000.0, -500.0]
    assert slope.tolist() == [[-1.0, 1.0], [-1.0, 1.0]]


def test_settled_classes_follow_their_volumes():
    question = asked(Fixed(LOGITS), "predicted", None, LOGITS).settled(LOGITS)
    assert question.classes.tolist() == [1, 2]
    assert question.of(torch.tensor([1, 1, 0])).classes.tolist() == [2, 2, 1]
