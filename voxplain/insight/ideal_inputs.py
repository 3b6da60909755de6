"""What is known of inputs that were made for a score: beside where they began, and beside the training scans."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch


@dataclass(frozen=True)
class Draw:
    """One search: where it began, what its change is counted from and where it ended, and (score, slope) on the way."""

    number: int
    start: str
    begin: torch.Tensor
    centre: torch.Tensor
    end: torch.Tensor
    path: list


@dataclass(frozen=True)
class Maximised:
    """Inputs that were found, one a draw, and what is known of them.

    ``inputs`` and ``changes``, float32 (draws, channels, *spatial): the inputs as the network is shown them, and what
    of it was added to the mean brain, the subject's or the even grey that a draw began around. Tables:

    ``draws``: draw, start; score_before and score_after, of the unshifted input; the score of the mean_brain and of the
    training scans, training_mean, training_sd (ddof 1), training_best and best_scan; sds, by how many of these standard
    deviations score_after lies beyond the mean, in the direction that was asked for; change, its root mean square in
    spreads where scans vary; alike, the mean correlation of the change with those of the other draws; silent, the
    number of steps at which the score had no slope; with principal axes, off_axes (`Subspace.distance`) and farthest,
    the largest coordinate in the scans' standard deviations. What is not defined is NaN.
    ``steps``: draw, step, and score and largest slope, per spread, of the shifted input before it.
    ``scans``: scan and its score.
    """

    inputs: np.ndarray
    changes: np.ndarray
    draws: pd.DataFrame
    steps: pd.DataFrame
    scans: pd.DataFrame


def scan_names(volumes):
    """Names of ``volumes``: those of a store, else their places."""
    return list(volumes.scans) if hasattr(volumes, "scans") else [str(place) for place in range(len(volumes))]


def maximised(question, brains, draws, scores, names, sign):
    """`Maximised` of ``draws``, for the ``scores`` (n,) of the training scans ``names``; ``sign`` -1: low is best."""
    scans = pd.DataFrame({"scan": names, "score": scores})
    best = int(np.argmax(sign * scores))
    sd = scores.std(ddof=1)
    beside = {"mean_brain": _score(question, brains, torch.zeros_like(brains.mean)), "training_mean": scores.mean()}
    beside |= {"training_sd": sd, "training_best": scores[best], "best_scan": names[best]}
    changes = [one.end - one.centre for one in draws]
    alike = _alike([change[brains.varying] for change in changes])
    rows, steps = [], []
    for one, change, agreement in zip(draws, changes, alike, strict=True):
        after = _score(question, brains, one.end)
        row = {"draw": one.number, "start": one.start, "score_before": _score(question, brains, one.begin)}
        row |= {"score_after": after, **beside}
        row |= {"sds": sign * (after - scores.mean()) / sd if sd > 0 else np.nan}
        row |= {"change": float(change[brains.varying].square().mean().sqrt()), "alike": agreement}
        row |= {"silent": sum(slope == 0 for _, slope in one.path)}
        rows.append(row | _on_axes(brains.subspace, one.end))
        steps += [(one.number, step, *values) for step, values in enumerate(one.path, 1)]
    return Maximised(
        inputs=_stacked(brains.restored(one.end) for one in draws),
        changes=_stacked(brains.restored(one.end) - brains.restored(one.centre) for one in draws),
        draws=pd.DataFrame(rows),
        steps=pd.DataFrame(steps, columns=["draw", "step", "score", "slope"]),
        scans=scans,
    )


def _score(question, brains, difference):
    return float(question.plain_scores(brains.restored(difference)[None])[0])


def _alike(changes):
    """The mean correlation of each of ``changes`` (voxels,) with the others; NaN where there is none."""
    if len(changes) < 2:
        return [np.nan] * len(changes)
    table = torch.stack(changes).double().cpu().numpy()
    with np.errstate(invalid="ignore", divide="ignore"):
        found = np.corrcoef(table)
    return ((found.sum(1) - found.diagonal()) / (len(found) - 1)).tolist()


def _on_axes(subspace, difference):
    if subspace is None:
        return {}
    farthest = float(subspace.coordinates(difference).abs().max())
    return {"off_axes": subspace.distance(difference), "farthest": farthest}


def _stacked(volumes):
    return torch.stack(list(volumes)).float().cpu().numpy()
