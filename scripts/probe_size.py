"""Ask what held-out answers owe to size: along with it within classes, and when a scan is made larger or smaller."""

import logging

import pandas as pd
import torch

from voxplain.cohort.folds import read_folds
from voxplain.runtime import progress, rule_log, written_whole
from voxplain.store import Volumes
from voxplain.training.covariates import covariates_of
from voxplain.training.devices import chosen_device, keep_freed_memory
from voxplain.training.size_probe import probed, size_table
from voxplain.training.trained import read_trained, shown_volumes

log = logging.getLogger("voxplain")


def probe_size(store, scans, folds, weights, cards, *, experiment, classes, share):
    """The table of `size_table` over the held-out scans of every split and seed."""
    folds, packed = read_folds(folds), set(Volumes(store).scans)
    labels = dict(zip(folds.table["scan"], folds.table["label"], strict=True))
    device = chosen_device(experiment["device"])
    torch.set_num_threads(experiment["training"]["threads"])
    rows = []
    for path, card_path in progress(list(zip(weights, cards, strict=True)), label="probe size"):
        network, card = read_trained(path, card_path)
        if network is None:
            log.info("%s, seed %d: not probed, %s", card["split"], card["seed"], card["empty"])
            continue
        held_out = [scan for scan in folds.roles(card["split"])[2] if scan in packed]

        def shown(changed, held_out=held_out, path=path, card=card):
            return shown_volumes(store, held_out, experiment["mask"], path, card, changed)

        told = {"covariates": covariates_of(card, scans, held_out), "device": device}
        rows.append(probed(network, card, shown, [labels[scan] for scan in held_out], share, **told))
    table = pd.read_csv(scans, sep="\t", dtype={"scan": str}).set_index("scan")
    sizes = (table[f"brain_volume_input_ml_{experiment['input']}"], table["brain_volume_ml"])
    return size_table(pd.concat(rows) if rows else pd.DataFrame(), *sizes, classes)


if __name__ == "__main__":
    with rule_log(snakemake):
        keep_freed_memory()
        given, asked = snakemake.input, snakemake.params
        how = {"experiment": asked.experiment, "classes": asked.classes, "share": asked.share}
        table = probe_size(given.store, given.scans, given.folds, given.weights, given.cards, **how)
        with written_whole(snakemake.output.sizes) as path:
            table.to_csv(path, sep="\t", index=False)
