"""Choose, of all combinations that were tried, the one that did best on the validation scans."""

import pandas as pd

from voxplain.runtime import rule_log
from voxplain.training.search import chosen_table


def choose_candidate(rows, keep):
    """All candidates of the files ``rows`` in one table, the best by ``keep`` marked."""
    return chosen_table([pd.read_csv(path, sep="\t") for path in rows], keep)


if __name__ == "__main__":
    with rule_log(snakemake):
        table = choose_candidate(snakemake.input.rows, snakemake.params.keep)
        table.to_csv(snakemake.output.table, sep="\t", index=False)
