"""Put experiments side by side: what each came to once another easy way was closed."""

import pandas as pd

from voxplain.relevance.side_by_side import experiments_table, methods_table
from voxplain.runtime import rule_log, written_whole


def compare_experiments(described, experiments):
    """The tables of `experiments_table` and `methods_table` from the files ``described`` of ``experiments``."""
    tables = {
        name: pd.read_csv(path, sep="\t", dtype={"method": str, "reason": str}).fillna({"method": "", "reason": ""})
        for name, path in zip(experiments, described, strict=True)
    }
    return experiments_table(tables), methods_table(tables)


if __name__ == "__main__":
    with rule_log(snakemake):
        tables = compare_experiments(snakemake.input.described, snakemake.params.experiments)
        for table, left in zip(tables, (snakemake.output.scores, snakemake.output.methods), strict=True):
            with written_whole(left) as path:
                table.to_csv(path, sep="\t", index=False)
