"""Say which networks may judge which scans of a test cohort: none that trained on the patient, or stopped by it."""

import logging

from voxplain.cohort.folds import read_folds
from voxplain.cohort.unseen import accepted_rows, judges, unseen_folds
from voxplain.runtime import rule_log, written_whole

log = logging.getLogger("voxplain")


def deal_cohort(folds, planned, statuses, known, columns, unknown=()):
    """The study's folds with the cohort's scans as those that each split holds out; see voxplain.cohort.unseen.

    ``planned`` and ``known`` are mappings of the cohort's and the study's scans, ``columns`` those that groups share,
    ``unknown`` those that the cohort's table lacks.
    """
    scans = accepted_rows(planned, statuses)
    table = unseen_folds(read_folds(folds).table, scans, known, columns)
    counts, splits = judges(table), table["split"].nunique()
    fewer = [row["scan"] for row in scans if counts[row["scan"]] < splits]
    log.info("%d scans; %d of people whom some of the %d splits have seen", len(scans), len(fewer), splits)
    if unknown:
        log.warning("no %s in its table: who shares one with people of the study is not known", ", ".join(unknown))
    return table


if __name__ == "__main__":
    with rule_log(snakemake):
        given, asked = snakemake.input, snakemake.params
        table = deal_cohort(given.folds, asked.planned, given.statuses, asked.known, asked.columns, asked.unknown)
        with written_whole(snakemake.output.folds) as path:
            table.to_csv(path, sep="\t", index=False)
