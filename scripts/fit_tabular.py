"""Fit a model of measures and covariates anew for each split, and predict the scans that it holds out."""

import pandas as pd

from voxplain.baselines.tabular.outcome import tabular_outcome
from voxplain.baselines.written import write_baseline
from voxplain.cohort.folds import read_folds
from voxplain.runtime import rule_log, written_whole

TABLES = "scores", "grid", "importances", "features", "correlations"


def fit_tabular(name, scans, folds, measures=None, **how):
    """The Outcome of the model ``name`` from files; ``how`` are the names that `tabular_outcome` takes."""
    tables = [None if path is None else read_text(path) for path in (scans, measures)]
    return tabular_outcome(name, how.pop("asked"), tables[0], read_folds(folds).table, tables[1], **how)


def read_text(path):
    """A table whose cells stay as they are written, an empty one missing."""
    return pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False, na_values=[""])


if __name__ == "__main__":
    with rule_log(snakemake):
        given, asked, left = snakemake.input, snakemake.params, snakemake.output
        found = fit_tabular(
            snakemake.wildcards.baseline,
            given.scans,
            given.folds,
            given.get("measures") or None,
            asked=asked.asked,
            label_column=asked.label_column,
            covariates=asked.covariates,
            classes=len(asked.classes) or None,
            folding=asked.folding,
            **asked.drawn,
        )
        write_baseline(found.baseline, left.predictions, left.card)
        for table in TABLES:
            with written_whole(left[table]) as path:
                getattr(found, table).to_csv(path, sep="\t", index=False)
