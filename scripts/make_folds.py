"""Deal the subjects into folds: stratified by class, no subject in two, the same for the same seed."""

import pandas as pd

from voxplain.cohort import folds
from voxplain.runtime import rule_log, written_whole


def make_folds(scans, settings):
    """The role of every scan in every split, for the table at the path ``scans`` and the settings of ``folds``."""
    table = pd.read_csv(scans, sep="\t", dtype={"scan": str, "subject": str, "source_id": str})
    return folds.make_folds(table, **{key: settings[key] for key in ("k", "repeats", "seed", "validation")})


if __name__ == "__main__":
    with rule_log(snakemake):
        table = make_folds(snakemake.input.scans, snakemake.params.folds)
        with written_whole(snakemake.output.folds) as path:
            table.to_csv(path, sep="\t", index=False)
