"""What a network still tells of held-out scans when it sees them through a mask, with an interval over subjects."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch

from voxplain.training.predictions import prediction_table
from voxplain.training.scores.columns import class_count, mean_defined
from voxplain.training.scores.resampling import bootstrap_scores, drawn_weights, interval
from voxplain.training.scores.table import weighted_scores
from voxplain.training.shown_batches import passed_batches

MEASURES = {True: ("balanced_accuracy", "roc_auc"), False: ("r2",)}
RANDOM = "random"


@torch.inference_mode()
def masked_logits(network, volumes, masks, fill, *, covariates=None, device="cpu", batch=8):
    """``{name: logits (n, classes)}`` float64 of ``volumes`` through each of ``masks``, ``{name: (x, y, z) bool}``.

    Where a mask is False stands ``fill`` (channels, x, y, z). Each volume is read once for all masks. ``covariates``
    (n, values) go beside them, for a network that is told some; it is left in evaluation mode. Where memory runs out
    ``batch`` is halved, which the log says.
    """
    network, fill = network.to(device).eval(), fill.to(device)
    shown = {name: torch.as_tensor(mask, device=device) for name, mask in masks.items()}

    def passed(given):
        whole, *beside = given
        return {name: network(torch.where(mask, whole, fill), *beside) for name, mask in shown.items()}

    logits = list(passed_batches(passed, volumes, batch, device, covariates))
    return {name: torch.cat([one[name] for one in logits]).cpu().double() for name in masks}


def masked_predictions(volumes, rows, logits, card):
    """The table of predictions (`prediction_table`) of ``volumes`` whose logits are ``logits``, as the card says.

    ``rows`` are those of their folds: scan, label and, where it has groups, group.
    """
    known = rows.set_index("scan").loc[list(volumes.scans)]
    return prediction_table(
        volumes.scans,
        volumes.subjects,
        known["label"].tolist(),
        logits,
        card["split"],
        card["seed"],
        groups=known["group"].tolist() if "group" in known else None,
        target=card.get("target") if card.get("task") == "regression" else None,
    )


def masked_table(predictions, resamples, seed):
    """Scores through each mask: a row for each split, mask and share, and one over ``all`` splits with its interval.

    ``predictions`` is ``{(mask, share): table}``, the random masks of a share as ``random1`` and so on, which count as
    one mask: their mean. Of classes the measures are balanced_accuracy and roc_auc, of amounts r2. Columns: split,
    mask, share, n (scans) and each measure; and in the rows over all splits each measure's ``_low`` and ``_high``, and
    ``_difference``, ``_difference_low``, ``_difference_high``: by how much it is above that of the random masks of its
    size, the groups of subjects resampled together. NaN where it is not defined.
    """
    if not predictions:
        return pd.DataFrame(columns=["split", "mask", "share", "n", *_measure_columns(MEASURES[True])])
    measures = MEASURES[class_count(next(iter(predictions.values()))) is not None]
    scored = {key: _scored(table.reset_index(drop=True), resamples, seed) for key, table in predictions.items()}
    rows = []
    for mask, share in dict.fromkeys((_plain(mask), share) for mask, share in scored):
        alike = [one for key, one in scored.items() if (_plain(key[0]), key[1]) == (mask, share)]
        random = [one for key, one in scored.items() if (_plain(key[0]), key[1]) == (RANDOM, share)]
        about = {"mask": mask, "share": share}
        for split, n in alike[0].scans.items():
            found = {name: float(mean_defined([one.of_splits[split][name] for one in alike])) for name in measures}
            rows.append({"split": split, **about, "n": int(n)} | found)
        rows.append({"split": "all", **about, "n": int(alike[0].scans.sum())})
        for name in measures:
            own, beside = ([one.whole(name) for one in part] for part in (alike, random))
            rows[-1] |= _with_ends(name, *map(mean_defined, zip(*own, strict=True)))
            if random and mask != RANDOM:
                away = [
                    one - other
                    for one, other in zip(
                        *(map(mean_defined, zip(*part, strict=True)) for part in (own, beside)), strict=True
                    )
                ]
                rows[-1] |= _with_ends(f"{name}_difference", *away)
    return pd.DataFrame(rows).reindex(columns=["split", "mask", "share", "n", *_measure_columns(measures)])


@dataclass(frozen=True, eq=False)
class _Scored:
    """Scores through one mask: by split, in every resample of groups, and how many scans a split has."""

    of_splits: dict
    drawn: dict
    scans: pd.Series

    def whole(self, name):
        """The mean over splits of the measure ``name``, and the same in every resample."""
        return mean_defined([found[name] for found in self.of_splits.values()]), self.drawn[name]


def _scored(table, resamples, seed):
    tables = {split: [rows] for split, rows in table.groupby("split")}
    once = {split: weighted_scores(rows, np.ones((1, len(rows)))) for split, (rows,) in tables.items()}
    of_splits = {split: {name: found[0] for name, found in one.items()} for split, one in once.items()}
    drawn = bootstrap_scores(tables, drawn_weights(table, resamples, seed), weighted_scores)
    return _Scored(of_splits, drawn, table.groupby("split")["scan"].nunique())


def _plain(mask):
    return RANDOM if mask.startswith(RANDOM) else mask


def _measure_columns(measures):
    ends = ("", "_low", "_high", "_difference", "_difference_low", "_difference_high")
    return [f"{one}{end}" for one in measures for end in ends]


def _with_ends(name, value, drawn):
    low, high = interval(np.asarray(drawn)) or (np.nan, np.nan)
    return {name: float(value), f"{name}_low": low, f"{name}_high": high}
