"""Scores that are a sum over the logits, for methods that carry a share of the score back from each of them."""

import torch

from voxplain.errors import SettingsError, UnsupportedModel


def linear_score(question, volumes, method):
    """What ``volumes`` give, with its graph, and the factor of each number of it in the score, of the same shape.

    That is the unit's value, or the logits: a class's own, or with two classes its log-odds, one less the other. Raises
    SettingsError for a score that is no such sum, UnsupportedModel when nothing leads back to the volumes.
    """
    if question.unit:
        output = question.scores(volumes)
        factors = torch.ones_like(output)
    else:
        output = question.model(volumes)
        factors = _factors(question, output, len(volumes), method)
    if not output.requires_grad:
        raise UnsupportedModel("no gradient flows from the score to the volumes; the network detaches them on the way")
    return output, factors


def _factors(question, output, count, method):
    # apart from the network's graph, whose ways back are not those of a gradient
    logits = output.detach().requires_grad_() if isinstance(output, torch.Tensor) else output
    scores = question.scores_of(logits, count)
    classes = logits.shape[1] if logits.dim() == 2 else 1
    if question.score == "probability" or (question.score == "log_odds" and classes > 2):
        raise SettingsError(
            f'score is "{question.score}", which {method} cannot share out among {classes} logits; use "logit"'
        )
    return torch.autograd.grad(scores.sum(), logits)[0]


def carried_back(output, values, leaf):
    """``values`` carried from ``output`` to ``leaf`` by the graph between; UnsupportedModel when there is none."""
    found = torch.autograd.grad(output, leaf, values, allow_unused=True)[0]
    if found is None:
        raise UnsupportedModel("no gradient flows from the score to the volumes; the network detaches them on the way")
    return found
