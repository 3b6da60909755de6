"""Predict every scan by the networks that never saw it, and score them beside baselines without a network."""

import pandas as pd
import torch

from voxplain.baselines.one_number import outside_baseline, size_baseline
from voxplain.cohort.folds import read_folds
from voxplain.runtime import rule_log
from voxplain.store import Volumes
from voxplain.training.devices import chosen_device, keep_freed_memory
from voxplain.training.judging import predictions_of
from voxplain.training.predictions import by_subject
from voxplain.training.scores import score_predictions
from voxplain.training.scores.curves import curve_table


def predict_experiment(store, folds, weights, cards, *, experiment, classes=("0", "1"), scans=None):
    """One row for each scan, split and seed: what the network of a split says of the scans that it holds out."""
    torch.set_num_threads(experiment["training"]["threads"])
    return predictions_of(
        store,
        read_folds(folds),
        weights,
        cards,
        None if scans is None else read_scans(scans),
        mask=experiment["mask"],
        classes=classes,
        device=chosen_device(experiment["device"]),
    )


def score_experiment(predictions, store, scans, folds, *, experiment, bootstrap, seed, classes=("0", "1")):
    """Scores of the network and of three baselines: size in this input, native size, and what is outside the brain.

    Where subjects have several scans, also the network's scores by subject, ``network_by_subject``.
    """
    table, packed, count = read_folds(folds).table, Volumes(store), len(classes) or None
    table, scans = table[table["scan"].isin(packed.scans)], read_scans(scans)
    models = {
        "network": predictions,
        "size": size_baseline(scans, table, f"brain_volume_input_ml_{experiment['input']}", count),
        "native_size": size_baseline(scans, table, "brain_volume_ml", count),
        "outside": outside_baseline(packed, table, count),
    }
    if (subjects := by_subject(predictions)) is not None:
        models["network_by_subject"] = subjects
    scored = [score_predictions(rows, model, bootstrap, seed) for model, rows in models.items()]
    return pd.concat(scored, ignore_index=True)


def read_scans(path):
    """The table of the study's scans, their names as text."""
    return pd.read_csv(path, sep="\t", dtype={"scan": str})


if __name__ == "__main__":
    with rule_log(snakemake):
        keep_freed_memory()
        given, asked, left = snakemake.input, snakemake.params, snakemake.output
        how = {"experiment": asked.experiment, "classes": asked.classes}
        drawn = {"bootstrap": asked.sanity["bootstrap"], "seed": asked.sanity["seed"]}
        predictions = predict_experiment(given.store, given.folds, given.weights, given.cards, scans=given.scans, **how)
        predictions.to_csv(left.predictions, sep="\t", index=False)
        scores = score_experiment(predictions, given.store, given.scans, given.folds, **drawn, **how)
        scores.to_csv(left.scores, sep="\t", index=False)
        curve_table(predictions, **drawn).to_csv(left.curves, sep="\t", index=False)
