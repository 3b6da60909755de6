"""Show what the codes of one split's variational autoencoder hold: errors, dimensions, and volumes made of codes."""

import json
import logging
from pathlib import Path

import pandas as pd
import torch

from voxplain.errors import InputError
from voxplain.insight.decode_latents import decode_latents as decoded
from voxplain.insight.latent_images import write_latent_images
from voxplain.insight.network_of_split import networks_of_splits
from voxplain.runtime import rule_log, written_whole
from voxplain.training.devices import chosen_device, keep_freed_memory

# What a split without a network leaves of each table
COLUMNS = {"reconstruction": ["scan", "subject"], "latents": ["dimension"], "traversals": ["dimension"]}
COLUMNS |= {"expected": ["name"]}

log = logging.getLogger("voxplain")


def decode_latents(store, folds, weights, card, folder, *, experiment, asked, scans=None):
    """The tables of `decode_latents` of the library, and what is said of the split: ``empty``, why, and ``images``.

    These are files that it leaves in ``folder``, see `write_latent_images`. ``asked`` are the settings
    ``insight.latents``, ``scans`` the path of the table of all scans, for a network that is told covariates.
    """
    torch.set_num_threads(experiment["training"]["threads"])
    Path(folder).mkdir(parents=True, exist_ok=True)
    tables = {name: pd.DataFrame(columns=columns) for name, columns in COLUMNS.items()}
    try:
        for one in networks_of_splits(store, folds, [weights], [card], mask=experiment["mask"], scans=scans):
            one.network.to(chosen_device(experiment["device"]))
            labels = [one.labels[scan] for scan in one.training.scans]
            parts = one.network, one.training, one.held_out, labels, one.card["classes"], one.card.get("target")
            tables, volumes = decoded(*parts, one.covariates, asked["dimensions"], tuple(asked["steps"]))
            return tables, {"empty": None, "images": write_latent_images(folder, tables, volumes, one.held_out)}
    except InputError as fault:
        log.info("nothing was decoded: %s", fault)
        return tables, {"empty": str(fault), "images": []}
    return tables, {"empty": "the split has no network, or holds out no scan", "images": []}


if __name__ == "__main__":
    with rule_log(snakemake):
        keep_freed_memory()
        given, asked, left = snakemake.input, snakemake.params, snakemake.output
        how = {"experiment": asked.experiment, "asked": asked.asked, "scans": given.get("scans") or None}
        tables, told = decode_latents(given.store, given.folds, given.weights, given.card, left.images, **how)
        for name, table in tables.items():
            with written_whole(left[name]) as path:
                table.to_csv(path, sep="\t", index=False, na_rep="undefined")
        with written_whole(left.about) as path:
            path.write_text(json.dumps(told, indent=1) + "\n")
