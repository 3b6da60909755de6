"""Predict every scan by the networks that never saw it, and score them beside baselines without a network."""

import logging

import pandas as pd
import torch

from voxplain.cohort.folds import read_folds
from voxplain.runtime import rule_log
from voxplain.store import Volumes
from voxplain.training.baselines import outside_baseline, size_baseline
from voxplain.training.devices import chosen_device, keep_freed_memory
from voxplain.training.predictions import by_subject, empty_predictions, predicted_logits, prediction_table
from voxplain.training.scores import score_predictions
from voxplain.training.trained import read_trained, shown_volumes

log = logging.getLogger("voxplain")


def predict_experiment(store, folds, weights, cards, *, experiment):
    """One row for each scan, split and seed: what the network of a split says of the scans that it holds out."""
    folds, packed = read_folds(folds), set(Volumes(store).scans)
    labels = dict(zip(folds.table["scan"], folds.table["label"], strict=True))
    device = chosen_device(experiment["device"])
    torch.set_num_threads(experiment["training"]["threads"])
    tables = []
    for weights_path, card_path in zip(weights, cards, strict=True):
        network, card = read_trained(weights_path, card_path)
        if network is None:
            log.info("%s, seed %d: no prediction, %s", card["split"], card["seed"], card["empty"])
            continue
        _, _, test = folds.roles(card["split"])
        shown = [scan for scan in test if scan in packed]
        volumes = shown_volumes(store, shown, experiment["mask"], weights_path, card)
        logits = predicted_logits(network, volumes, device=device)
        known = [labels[scan] for scan in volumes.scans]
        tables.append(prediction_table(volumes.scans, volumes.subjects, known, logits, card["split"], card["seed"]))
    return pd.concat(tables, ignore_index=True) if tables else empty_predictions()


def score_experiment(predictions, store, scans, folds, *, experiment, bootstrap, seed):
    """Scores of the network and of three baselines: size in this input, native size, and what is outside the brain.

    Where subjects have several scans, also the network's scores by subject, ``network_by_subject``.
    """
    table = read_folds(folds).table
    packed = Volumes(store)
    table = table[table["scan"].isin(packed.scans)]
    scans = pd.read_csv(scans, sep="\t", dtype={"scan": str})
    models = {
        "network": predictions,
        "size": size_baseline(scans, table, f"brain_volume_input_ml_{experiment['input']}"),
        "native_size": size_baseline(scans, table, "brain_volume_ml"),
        "outside": outside_baseline(packed, table),
    }
    if (subjects := by_subject(predictions)) is not None:
        models["network_by_subject"] = subjects
    scored = [score_predictions(rows, model, bootstrap, seed) for model, rows in models.items()]
    return pd.concat(scored, ignore_index=True)


if __name__ == "__main__":
    with rule_log(snakemake):
        keep_freed_memory()
        given, asked = snakemake.input, snakemake.params
        predictions = predict_experiment(
            given.store, given.folds, given.weights, given.cards, experiment=asked.experiment
        )
        predictions.to_csv(snakemake.output.predictions, sep="\t", index=False)
        score_experiment(
            predictions,
            given.store,
            given.scans,
            given.folds,
            experiment=asked.experiment,
            bootstrap=asked.sanity["bootstrap"],
            seed=asked.sanity["seed"],
        ).to_csv(snakemake.output.scores, sep="\t", index=False)
