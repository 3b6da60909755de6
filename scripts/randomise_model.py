"""Randomise the network from its head down, and compare each step's maps with the trained network's."""

import logging

import pandas as pd
import torch

from voxplain.cohort.folds import read_folds
from voxplain.relevance.explanation import explained_classes, method_of_task, told
from voxplain.relevance.named_options import SplitOfStudy, named_volumes
from voxplain.runtime import progress, rule_log, written_whole
from voxplain.sanity.cascade_table import cascade_rows, columns_of, with_undefined
from voxplain.sanity.choice import checked, chosen_scans
from voxplain.sanity.region import seen_voxels
from voxplain.store import Volumes
from voxplain.training.covariates import covariates_of
from voxplain.training.devices import chosen_device, keep_freed_memory
from voxplain.training.predictions import predicted_logits
from voxplain.training.trained import read_card, read_trained, shown_volumes

log = logging.getLogger("voxplain")


def randomise_model(store, folds, weights, cards, *, experiment, method, sanity, scans=None, atlases=None):
    """One row for each split, scan, draw and step, see `cascade_rows`, from the first seed of every split.

    ``scans`` is the table of all scans, for networks that are told covariates; ``atlases`` the files, by name, of
    those that the options of ``method`` name.
    """
    folds, packed = read_folds(folds), set(Volumes(store).scans)
    labels = dict(zip(folds.table["scan"], folds.table["label"], strict=True))
    device = chosen_device(experiment["device"])
    torch.set_num_threads(experiment["training"]["threads"])
    first = {}
    for pair in zip(weights, cards, strict=True):
        first.setdefault(read_card(pair[1])["split"], pair)
    sanity, rows = checked(sanity, method), []
    for split, (weights_path, card_path) in progress(first.items(), label=f"randomise {method['name']}"):
        network, card = read_trained(weights_path, card_path)
        if network is None:
            log.info("%s: nothing randomised, %s", split, card["empty"])
            continue
        _, _, held_out = folds.roles(split)
        shown = [scan for scan in held_out if scan in packed]
        volumes = shown_volumes(store, shown, experiment["mask"], weights_path, card)
        covariates, asked = covariates_of(card, scans, volumes.scans), method_of_task(method, card.get("task"))
        study = SplitOfStudy(store, folds, weights_path, card, experiment["mask"], atlases or {})
        logits = predicted_logits(network, volumes, device=device, covariates=covariates)
        places = chosen_scans(
            [labels[scan] for scan in volumes.scans], told(logits, card).tolist(), sanity["scans_per_split"]
        )
        found = cascade_rows(
            network,
            shown_volumes(store, [shown[place] for place in places], experiment["mask"], weights_path, card),
            explained_classes(logits, asked["target"])[places],
            named_volumes(asked, study),
            seen_voxels(network, volumes.shape, volumes.channels),
            draws=sanity["draws"],
            seed=[sanity["seed"], *split.encode()],
            device=device,
            covariates=None if covariates is None else covariates[places],
            asked=sanity["randomisation"],
        )
        rows += [{"split": split, **row} for row in found]
    return pd.DataFrame(rows, columns=columns_of(sanity["randomisation"]))


if __name__ == "__main__":
    with rule_log(snakemake):
        keep_freed_memory()
        asked = snakemake.params
        table = randomise_model(
            snakemake.input.store,
            snakemake.input.folds,
            snakemake.input.weights,
            snakemake.input.cards,
            experiment=asked.experiment,
            method=asked.method,
            sanity=asked.sanity,
            scans=snakemake.input.get("scans"),
            atlases=dict(zip(asked.atlases, snakemake.input.atlases, strict=True)),
        )
        with written_whole(snakemake.output.similarity) as path:
            with_undefined(table).to_csv(path, sep="\t", index=False)
