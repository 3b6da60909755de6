"""Runs of a study as far as its tables, and those tables."""

import pandas as pd


def tables(study, *labels):
    """The table of a study's scans, and the folds of its ``labels``."""
    return [f"results/{study}/cohort/{name}.tsv" for name in ("scans", *(f"label-{label}_folds" for label in labels))]


def run(checkout, study, *labels):
    """The folder of the results of the study in ``<study>.yaml``, run as far as these tables."""
    checkout.snakemake(*tables(study, *labels), config=f"{study}.yaml")
    return checkout.folder / "results" / study


def table(path):
    """A table of text."""
    return pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)
