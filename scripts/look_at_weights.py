"""Keep the kernels of every network as they are, and say of each filter how large it is and whether it ever speaks."""

import numpy as np
import pandas as pd
import torch
from torch.utils.data import Subset

from voxplain.insight.filters import COLUMNS, filter_table
from voxplain.insight.network_of_split import networks_of_splits
from voxplain.insight.weights import kept_kernels
from voxplain.runtime import progress, rule_log, written_whole
from voxplain.training.devices import chosen_device, keep_freed_memory


def look_at_weights(store, folds, weights, cards, *, experiment, asked, scans=None):
    """Kernels, ``{"split_seed/layer": array}``, and a row for each filter of every network, see `filter_table`.

    What a filter says is read on the scans that its split holds out; ``asked`` are the settings ``insight.weights``.
    """
    torch.set_num_threads(experiment["training"]["threads"])
    device, kernels, rows = chosen_device(experiment["device"]), {}, []
    networks = networks_of_splits(store, folds, weights, cards, mask=experiment["mask"], scans=scans)
    for one in progress(networks, label="look at weights", total=len(cards)):
        listened, told = Subset(one.held_out, range(len(one.held_out))[: asked["scans_per_split"]]), one.covariates[1]
        rows.append(filter_table(one.network, listened, covariates=told, device=device).assign(**one.named))
        found = kept_kernels(one.network, asked["layers"], one.held_out[0][None], told)
        kernels |= {f"{one.file_stem}/{layer}": values for layer, values in found.items()}
    table = pd.concat(rows) if rows else pd.DataFrame(columns=[*COLUMNS, "split", "seed"])
    return kernels, table[["split", "seed", *COLUMNS]]


if __name__ == "__main__":
    with rule_log(snakemake):
        keep_freed_memory()
        given, asked = snakemake.input, snakemake.params
        how = {"experiment": asked.experiment, "asked": asked.asked, "scans": given.get("scans")}
        kernels, table = look_at_weights(given.store, given.folds, given.weights, given.cards, **how)
        with written_whole(snakemake.output.kernels) as path, open(path, "wb") as file:
            np.savez(file, **kernels)
        with written_whole(snakemake.output.filters) as path:
            table.to_csv(path, sep="\t", index=False, na_rep="undefined")
