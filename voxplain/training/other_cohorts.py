"""What all networks of an experiment, and their mean, say of a cohort that they learned nothing from."""

import logging

import numpy as np
import pandas as pd

from voxplain.store import Volumes
from voxplain.training.baselines import size_baseline
from voxplain.training.predictions import by_subject, empty_predictions, judged
from voxplain.training.scores import score_predictions
from voxplain.training.trained import read_trained, shown_volumes

log = logging.getLogger("voxplain")
MEAN = "mean"


def cohort_predictions(store, folds, weights, cards, scans, *, mask, classes, device="cpu"):
    """One row for each scan and network that may judge it, as `prediction_table`, and ``networks``, how many do.

    ``folds``, Folds, name as each split's test the scans that its networks never saw (see voxplain.cohort.unseen);
    ``scans`` is the table of the cohort's scans, for networks that take covariates. Nothing is fitted on the cohort:
    normalisation and covariates are those of each network's own training scans.
    """
    packed, tables = set(Volumes(store).scans), []
    for weights_path, card_path in zip(weights, cards, strict=True):
        network, card = read_trained(weights_path, card_path)
        if network is None:
            log.info("%s, seed %d: no prediction, %s", card["split"], card["seed"], card["empty"])
            continue
        rows = folds.table[(folds.table["split"] == card["split"]) & (folds.table["role"] == "test")]
        shown = [scan for scan in rows["scan"] if scan in packed]
        if not shown:
            log.info("%s, seed %d: no prediction, it has seen the people of every scan", card["split"], card["seed"])
            continue
        volumes = shown_volumes(store, shown, mask, weights_path, card)
        tables.append(judged(network, card, volumes, rows, scans, device))
    told = pd.concat(tables, ignore_index=True) if tables else empty_predictions(len(classes) or None)
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
