"""Say for each part of every split how its classes compare in size, site and covariates."""

import pandas as pd

from voxplain.cohort.balance import balance_table
from voxplain.cohort.folds import read_folds
from voxplain.runtime import rule_log, written_whole


def balance_folds(folds, scans, label, columns, regression=False):
    """The balance of the file ``folds`` in ``columns`` of the table ``scans``; see voxplain.cohort.balance."""
    scans = pd.read_csv(scans, sep="\t", dtype=str, keep_default_na=False)
    scans = scans.rename(columns={f"label_{label}": "label"})
    return balance_table(read_folds(folds).table, scans, columns, regression)


if __name__ == "__main__":
    with rule_log(snakemake):
        given, asked = snakemake.input, snakemake.params
        label = snakemake.wildcards.label
        balance = balance_folds(given.folds, given.scans, label, asked.columns, asked.regression)
        with written_whole(snakemake.output.balance) as path:
            balance.to_csv(path, sep="\t", index=False)
