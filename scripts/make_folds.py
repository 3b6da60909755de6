"""Deal the scans of one label into folds, as the settings ask; nobody, and no group, is in two roles of a split."""

import json
from pathlib import Path

import pandas as pd

from voxplain.cohort.dealing.asked import asked_folds
from voxplain.cohort.dealing.columns import fold_columns
from voxplain.cohort.dealing.matched import whole_sets
from voxplain.cohort.dealing.rows import rows_of_table
from voxplain.cohort.shard_jobs import status_paths
from voxplain.runtime import rule_log, written_whole

COLUMNS = ["scan", "subject", "source_id", "site", "train", "judge", "label"]


def make_folds(table, settings, held_out=()):
    """The role of every scan of ``table`` in every split; see voxplain.cohort.dealing.asked.

    ``settings`` is the section ``folds``; ``held_out`` are the groups or sites that are each left out once.
    """
    return asked_folds(table, settings, held_out)


def labelled_scans(path, label, settings, regression=False):
    """The scans of the table of the used scans that have a class, or with ``regression`` a number, in ``label``."""
    return rows_of_table(path, label, fold_columns(settings), float if regression else int)


def accepted_scans(planned, statuses):
    """Those of the ``planned`` scans, one mapping each, that every one of the status files accepts, matches whole."""
    read = [json.loads(Path(status).read_text()) for status in statuses]
    refused = {status["scan"] for status in read if not status["accepted"]}
    accepted = whole_sets([row for row in planned if row["scan"] not in refused])
    return pd.DataFrame(accepted, columns=list(planned[0]) if planned else COLUMNS)


if __name__ == "__main__":
    with rule_log(snakemake):
        given, asked = snakemake.input, snakemake.params
        if asked.planned is None:
            scans = labelled_scans(given.scans, snakemake.wildcards.label, asked.folds, asked.regression)
        else:
            scans = accepted_scans(asked.planned, status_paths(given.get("statuses", [])))
        table = make_folds(scans, asked.folds, asked.held_out)
        with written_whole(snakemake.output.folds) as path:
            table.to_csv(path, sep="\t", index=False)
