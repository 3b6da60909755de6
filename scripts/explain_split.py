"""Explain the held-out scans of one split by one method, with the network that never saw them."""

import logging

import numpy as np
import torch

from voxplain.attribution.maps import write_maps
from voxplain.cohort.folds import read_folds
from voxplain.relevance.explanation import (
    explained_channels,
    explained_classes,
    explained_scores,
    method_of_task,
    told,
)
from voxplain.runtime import progress, rule_log
from voxplain.store import Volumes
from voxplain.training.covariates import covariates_of
from voxplain.training.devices import chosen_device, keep_freed_memory
from voxplain.training.predictions import predicted_logits
from voxplain.training.trained import read_trained, shown_volumes

log = logging.getLogger("voxplain")


def explain_split(store, folds, weights, card, output, *, experiment, method, scans=None):
    """Leave the maps of the scans that the card's split holds out at ``output``, see `write_maps`.

    ``scans`` is the table of all scans, for a network that is told covariates.
    A split whose held-out scans were all left out has no map, and the attribute ``empty`` says why.
    """
    network, card = read_trained(weights, card)
    packed = Volumes(store)
    about = {"method": method["name"], "settings": method, "provenance": card}
    if packed.channels > 1:
        about["channels"] = packed.channel_names
    if network is None:
        log.info("%s, seed %d: no map, %s", card["split"], card["seed"], card["empty"])
        none = np.zeros((0, *packed.shape), np.float32)
        write_maps(output, [], [], [], [], none, packed.affine, about | {"empty": card["empty"]})
        return
    folds = read_folds(folds)
    labels = dict(zip(folds.table["scan"], folds.table["label"], strict=True))
    _, _, held_out = folds.roles(card["split"])
    shown = [scan for scan in held_out if scan in packed.scans]
    volumes = shown_volumes(store, shown, experiment["mask"], weights, card)
    device = chosen_device(experiment["device"])
    torch.set_num_threads(experiment["training"]["threads"])
    covariates, asked = covariates_of(card, scans, volumes.scans), method_of_task(method, card.get("task"))
    logits = predicted_logits(network, volumes, device=device, covariates=covariates)
    classes = explained_classes(logits, asked["target"])
    # filled while the maps are made, and written after them
    about["notes"] = {}
    maps = explained_channels(network, volumes, classes, asked, device, covariates, about["notes"])
    write_maps(
        output,
        volumes.scans,
        volumes.subjects,
        [labels[scan] for scan in volumes.scans],
        told(logits, card),
        progress(maps, total=len(volumes), label=f"{method['name']}, {card['split']}"),
        volumes.affine,
        about,
        targets=classes.numpy(),
        scores=explained_scores(logits, classes, asked["score"]).numpy(),
        affines=volumes.affines,
    )


if __name__ == "__main__":
    with rule_log(snakemake):
        keep_freed_memory()
        explain_split(
            snakemake.input.store,
            snakemake.input.folds,
            snakemake.input.weights,
            snakemake.input.card,
            snakemake.output.maps,
            experiment=snakemake.params.experiment,
            method=snakemake.params.method,
            scans=snakemake.input.get("scans"),
        )
