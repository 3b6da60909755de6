"""Predict every held-out scan from confounds alone: sizes, age and sex, site, scanner, mask, outside of the brain."""

import pandas as pd

from voxplain.baselines.confounds import confound_baseline
from voxplain.baselines.written import write_baseline
from voxplain.cohort.folds import read_folds
from voxplain.runtime import rule_log
from voxplain.store import Volumes


def predict_confounds(names, store, scans, folds, **about):
    """The Baseline of each confound of ``names`` in turn; ``about`` are the names that `confound_baseline` takes."""
    volumes, known = Volumes(store), pd.read_csv(scans, sep="\t", dtype={"scan": str})
    table = read_folds(folds).table
    return [confound_baseline(name, volumes, known, table, **about) for name in names]


if __name__ == "__main__":
    with rule_log(snakemake):
        found = predict_confounds(
            snakemake.params.confounds,
            snakemake.input.store,
            snakemake.input.scans,
            snakemake.input.folds,
            input_name=snakemake.params.input_name,
            label_column=snakemake.params.label_column,
            classes=len(snakemake.params.classes) or None,
            columns=snakemake.params.columns,
        )
        for baseline, table, card in zip(found, snakemake.output.predictions, snakemake.output.cards, strict=True):
            write_baseline(baseline, table, card)
