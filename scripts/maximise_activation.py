"""Look for inputs to which a class or a unit of one network answers as strongly as it can, near its training scans."""

import logging
from pathlib import Path

import pandas as pd
import torch

from voxplain.errors import UnsupportedModel
from voxplain.insight.maximised_targets import COLUMNS, STEPS, maximise_targets, write_searches
from voxplain.insight.network_of_split import networks_of_splits
from voxplain.runtime import rule_log
from voxplain.training.devices import chosen_device, keep_freed_memory

log = logging.getLogger("voxplain")


def maximise_activation(store, folds, weights, card, folder, *, experiment, asked, scans=None):
    """The tables of `maximise_targets` for the network of one split and seed, and its images in ``folder``.

    No rows for a split without a network; one with the reason where no gradient flows through it.
    """
    torch.set_num_threads(experiment["training"]["threads"])
    nothing = pd.DataFrame(columns=COLUMNS), pd.DataFrame(columns=STEPS)
    for one in networks_of_splits(store, folds, [weights], [card], mask=experiment["mask"], scans=scans):
        for stale in Path(folder).glob(f"{one.file_stem}_target-*.nii.gz"):
            stale.unlink()
        one.network.to(chosen_device(experiment["device"]))
        try:
            return maximise_targets(one, asked, Path(folder))
        except UnsupportedModel as error:
            log.info("not asked: %s", error)
            return pd.DataFrame([one.named | {"reason": str(error)}], columns=COLUMNS), nothing[1]
    return nothing


if __name__ == "__main__":
    with rule_log(snakemake):
        keep_freed_memory()
        given, left, asked = snakemake.input, snakemake.output, snakemake.params
        how = {"experiment": asked.experiment, "asked": asked.asked, "scans": given.get("scans")}
        folder = Path(left.draws).parent
        tables = maximise_activation(given.store, given.folds, given.weights, given.card, folder, **how)
        write_searches(left.draws, left.steps, *tables)
