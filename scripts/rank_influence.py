"""Rank the training scans of one network by what each did to what it says of the scans that it never saw."""

from pathlib import Path

import pandas as pd
import torch

from voxplain.errors import UnsupportedModel
from voxplain.insight.influence import COLUMNS, OWN, Labelled, influence_table, self_influence_table
from voxplain.insight.influence_functions import influence_functions
from voxplain.insight.network_of_split import networks_of_splits
from voxplain.insight.tracin import tracin
from voxplain.relevance.explanation import told
from voxplain.runtime import rule_log, written_whole
from voxplain.training.devices import chosen_device, keep_freed_memory
from voxplain.training.kept_epochs import read_epochs
from voxplain.training.objectives import objective_of
from voxplain.training.predictions import predicted_logits

OF_NETWORK = ["method", "split", "seed"]
HELD_OUT, TRAINING = [*OF_NETWORK, *COLUMNS], [*OF_NETWORK, *OWN, "note"]


def rank_influence(store, folds, weights, card, history, *, experiment, asked, scans=None):
    """Two tables by each method that is ``asked`` for: of each held-out scan, and of training scans on themselves.

    The epochs that TracIn follows lie beside ``weights``, which is a path like all others. A network that a method
    cannot be asked of has one row in the second table, without a scan, whose ``note`` says why.
    """
    torch.set_num_threads(experiment["training"]["threads"])
    device, held_out, training = chosen_device(experiment["device"]), [], []
    for one in networks_of_splits(store, folds, [weights], [card], mask=experiment["mask"], scans=scans):
        learned = experiment["training"] | one.card.get("training", {})
        train = Labelled(one.training, _labels(one, one.training), one.covariates[0])
        shown = Labelled(one.held_out, _labels(one, one.held_out), one.covariates[1])
        classes = len(one.card["classes"])
        how = {"objective": objective_of(classes, train.labels, learned.get("class_weights", "none")), "device": device}
        if asked["labels"] == "predicted":
            shown = shown._replace(labels=_predicted(one, device))
        for method in asked["methods"]:
            try:
                if method == "tracin":
                    epochs = read_epochs(Path(weights).with_suffix(".epochs"), history)
                    found = tracin(one.network, train, shown, epochs, layers=asked["layers"], **how)
                else:
                    found = influence_functions(one.network, train, shown, damping=asked["damping"], **how)
            except UnsupportedModel as error:
                training.append(pd.DataFrame([one.named | {"method": method, "note": str(error)}]))
                continue
            ranked = influence_table(found, train, shown, by=asked["by"], top=asked["top"])
            held_out.append(ranked.assign(method=method, **one.named))
            training.append(self_influence_table(found, train).assign(method=method, note="", **one.named))
    return tuple(_together(*parts) for parts in ((held_out, HELD_OUT), (training, TRAINING)))


def _labels(one, volumes):
    return [one.labels[scan] for scan in volumes.scans]


def _predicted(one, device):
    return told(predicted_logits(one.network, one.held_out, device=device, covariates=one.covariates[1]), one.card)


def _together(parts, columns):
    return pd.concat(parts, ignore_index=True).reindex(columns=columns) if parts else pd.DataFrame(columns=columns)


if __name__ == "__main__":
    with rule_log(snakemake):
        keep_freed_memory()
        given, asked = snakemake.input, snakemake.params
        how = {"experiment": asked.experiment, "asked": asked.asked, "scans": given.get("scans")}
        tables = rank_influence(given.store, given.folds, given.weights, given.card, given.history, **how)
        for table, output in zip(tables, (snakemake.output.held_out, snakemake.output.training), strict=True):
            with written_whole(output) as path:
                table.to_csv(path, sep="\t", index=False)
