"""Explain the held-out scans of one split by one method, with the network that never saw them."""

import logging
from pathlib import Path

import numpy as np
import torch

from voxplain.attribution.maps import write_maps
from voxplain.cohort.folds import read_folds
from voxplain.relevance.explanation import (
    explained_classes,
    explained_scan,
    explained_scores,
    method_of_task,
    told,
)
from voxplain.relevance.kept_maps import KeptMaps, one_by_one
from voxplain.relevance.named_options import SplitOfStudy, named_volumes
from voxplain.runtime import rule_log
from voxplain.store import Volumes
from voxplain.training.covariates import covariates_of
from voxplain.training.devices import chosen_device, keep_freed_memory
from voxplain.training.predictions import predicted_logits
from voxplain.training.trained import read_trained, shown_volumes

log = logging.getLogger("voxplain")


def explain_split(
    store, folds, weights, card, output, *, experiment, method, scans=None, atlases=None, training=None, code=""
):
    """Leave the maps of the scans that the card's split holds out at ``output``, see `write_maps`.

    ``scans`` is the table of all scans, for a network that is told covariates; ``atlases`` the files, by name, of those
    that the options of ``method`` name; ``training`` the store and the folds of the training scans, where those that
    are explained are of another cohort. Maps are kept scan by scan until the file is whole, and taken up by a job of
    the same ``code``.
    A split that holds out no scan that is left has no map, and the attribute ``empty`` says why.
    """
    network, card = read_trained(weights, card)
    packed, folds = Volumes(store), read_folds(folds)
    about = {"method": method["name"], "settings": method, "provenance": card}
    if packed.channels > 1:
        about["channels"] = packed.channel_names
    _, _, held_out = folds.roles(card["split"]) if network else ((), (), ())
    shown = [scan for scan in held_out if scan in packed.scans]
    if not shown:
        why = card.get("empty") or "its network has seen everybody there is to explain"
        log.info("%s, seed %d: no map, %s", card["split"], card["seed"], why)
        none = np.zeros((0, *packed.shape), np.float32)
        write_maps(output, [], [], [], [], none, packed.affine, about | {"empty": why})
        return
    labels = dict(zip(folds.table["scan"], folds.table["label"], strict=True))
    volumes = shown_volumes(store, shown, experiment["mask"], weights, card)
    device = chosen_device(experiment["device"])
    torch.set_num_threads(experiment["training"]["threads"])
    covariates, asked = covariates_of(card, scans, volumes.scans), method_of_task(method, card.get("task"))
    logits = predicted_logits(network, volumes, device=device, covariates=covariates)
    classes = explained_classes(logits, asked["target"])
    own, its = (store, folds) if training is None else (training[0], read_folds(training[1]))
    drawn = {}
    asked = named_volumes(asked, SplitOfStudy(own, its, weights, card, experiment["mask"], atlases or {}), drawn)
    about |= {"drawn": drawn} if drawn else {}
    decides = [asked, experiment, card, Path(weights).read_bytes(), code, torch.__version__, str(device)]
    kept, notes = KeptMaps(output, decides), []
    told_of = [None] * len(classes) if covariates is None else covariates
    of_each = [list(one) for one in zip(volumes.checksums, classes.tolist(), told_of, strict=True)]

    def make(place):
        return explained_scan(network, volumes, place, classes[place], asked, device, covariates)

    write_maps(
        output,
        volumes.scans,
        volumes.subjects,
        [labels[scan] for scan in volumes.scans],
        told(logits, card),
        one_by_one(kept, volumes.scans, of_each, make, notes, f"{method['name']}, {card['split']}"),
        volumes.affine,
        about,
        targets=classes.numpy(),
        scores=explained_scores(logits, classes, asked["score"]).numpy(),
        affines=volumes.affines,
        notes=notes,
    )
    kept.remove()


if __name__ == "__main__":
    with rule_log(snakemake):
        keep_freed_memory()
        given, asked = snakemake.input, snakemake.params
        others = given.get("own_store")
        explain_split(
            given.store,
            given.folds,
            given.weights,
            given.card,
            snakemake.output.maps,
            experiment=asked.experiment,
            method=asked.method,
            scans=given.get("scans"),
            atlases=dict(zip(asked.atlases, given.atlases, strict=True)),
            training=(others, given.own_folds) if others else None,
            code=asked.code,
        )
