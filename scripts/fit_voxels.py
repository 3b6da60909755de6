"""Fit kernel methods to the voxels of the training scans of every split, and predict the held-out ones."""

import pandas as pd

from voxplain.baselines.voxels import voxel_baselines
from voxplain.baselines.written import write_baseline
from voxplain.cohort.folds import read_folds
from voxplain.runtime import rule_log


def fit_voxels(names, store, scans, folds, **about):
    """The Baseline of each of ``names`` in turn; ``about`` are the names that `voxel_baselines` takes."""
    known = pd.read_csv(scans, sep="\t", dtype={"scan": str})
    return voxel_baselines(names, store, read_folds(folds).table, known, **about)


if __name__ == "__main__":
    with rule_log(snakemake):
        found = fit_voxels(
            snakemake.params.voxels,
            snakemake.input.store,
            snakemake.input.scans,
            snakemake.input.folds,
            mask=snakemake.params.mask,
            kernels=snakemake.params.kernels,
            classes=len(snakemake.params.classes) or None,
            label_column=snakemake.params.label_column,
        )
        for baseline, table, card in zip(found, snakemake.output.predictions, snakemake.output.cards, strict=True):
            write_baseline(baseline, table, card)
