"""What all networks of an experiment, and their mean, say of a cohort that they learned nothing from."""

import numpy as np
import pandas as pd

from voxplain.baselines.one_number import size_baseline
from voxplain.training.judging import predictions_of
from voxplain.training.predictions import by_subject
from voxplain.training.scores import score_predictions

MEAN = "mean"


def cohort_predictions(store, folds, weights, cards, scans, *, mask, classes, device="cpu"):
    """One row for each scan and network that may judge it, see `predictions_of`, and ``networks``, how many do.

    ``folds`` say who never saw whom (see voxplain.cohort.unseen). Nothing is fitted on the cohort: normalisation and
    covariates are those of each network's own training scans.
    """
    told = predictions_of(store, folds, weights, cards, scans, mask=mask, classes=classes, device=device)
    return told.assign(networks=told.groupby("scan")["scan"].transform("size"))


def mean_of_networks(predictions):
    """``predictions`` with one row a scan: the mean of the probabilities, or of the amounts, over its networks.

    ``split`` is ``mean`` and ``seed`` 0; ``logit_<k>`` is the logarithm of the mean probability.
    """
    probabilities = [column for column in predictions if column.startswith("probability_")]
    averaged = probabilities or ["predicted"]
    same = ["scan", "subject", "group", "label", "networks"]
    rows = predictions.groupby(same, as_index=False)[averaged].mean().assign(split=MEAN, seed=0)
    if probabilities:
        means = rows[probabilities].to_numpy(float)
        rows["predicted"] = means.argmax(1)
        for place, column in enumerate(probabilities):
            rows[column.replace("probability", "logit")] = np.log(np.maximum(means[:, place], np.finfo(float).tiny))
    return rows.reindex(columns=[column for column in predictions if not column.startswith("vote_")])


def cohort_scores(predictions, folds, own_scans, scans, *, input_name, classes, bootstrap, seed):
    """Scores of single networks, of their mean, and of size as the study's training scans teach it to tell labels.

    ``predictions`` are `cohort_predictions`; ``own_scans`` and ``scans`` the tables of the study's and of the cohort's
    scans; ``folds`` the table that `cohort_predictions` went by. Models: ``network``, ``network_mean``, ``size``,
    ``native_size`` and, where subjects have several scans, ``network_by_subject``.
    """
    everybody, count = pd.concat([own_scans, scans], ignore_index=True), len(classes) or None
    models = {
        "network": predictions,
        "network_mean": mean_of_networks(predictions),
        "size": size_baseline(everybody, folds, f"brain_volume_input_ml_{input_name}", count),
        "native_size": size_baseline(everybody, folds, "brain_volume_ml", count),
    }
    if (subjects := by_subject(predictions)) is not None:
        models["network_by_subject"] = subjects
    scored = [score_predictions(rows, model, bootstrap, seed) for model, rows in models.items()]
    return pd.concat(scored, ignore_index=True)
