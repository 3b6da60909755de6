"""Randomise the network from its head down, and compare each step's maps with the trained network's."""

import pandas as pd
import torch

from voxplain.cohort.folds import read_folds
from voxplain.runtime import progress, rule_log, written_whole
from voxplain.sanity.cascade_table import cascade_rows, columns_of, with_undefined
from voxplain.sanity.choice import checked
from voxplain.sanity.held_out import CheckedStudy
from voxplain.sanity.region import seen_voxels
from voxplain.training.devices import keep_freed_memory
from voxplain.training.trained import read_card


def randomise_model(store, folds, weights, cards, *, experiment, method, sanity, scans=None, atlases=None):
    """One row for each split, scan, draw, step and kind, see `cascade_rows`, from the first seed of every split.

    ``scans`` is the table of all scans, for networks that are told covariates; ``atlases`` the files, by name, of
    those that the options of ``method`` name.
    """
    study, sanity = (
        CheckedStudy(store, read_folds(folds), experiment, method, scans, atlases or {}),
        checked(sanity, method),
    )
    torch.set_num_threads(experiment["training"]["threads"])
    first, rows = {}, []
    for pair in zip(weights, cards, strict=True):
        first.setdefault(read_card(pair[1])["split"], pair)
    for split, pair in progress(first.items(), label=f"randomise {method['name']}"):
        one = study.held_out(*pair, sanity["scans_per_split"])
        if one is None:
            continue
        found = cascade_rows(
            one.network,
            one.volumes,
            one.classes,
            one.method,
            seen_voxels(one.network, one.volumes.shape, one.volumes.channels),
            draws=sanity["draws"],
            seed=[sanity["seed"], *split.encode()],
            device=study.device,
            covariates=one.covariates,
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
