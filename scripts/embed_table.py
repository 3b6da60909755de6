"""Lay out the study's table of measures as points, and say beside the pictures what can be told from it."""

import pandas as pd

from voxplain.cohort.folds import read_folds
from voxplain.insight import latents
from voxplain.insight.scan_columns import scan_columns, with_folds
from voxplain.runtime import rule_log, written_whole


def embed_table(measures, scans, folds, *, asked, labels, carried=()):
    """Points and scores of the table ``measures`` and of five codes of it, and the columns that go with the scans.

    ``asked`` are the settings ``insight.embeddings``; ``labels`` the names of the classes of each label; ``carried``
    the covariates. Scans of one group of ``folds`` are never divided.
    """
    known, folds = pd.read_csv(scans, sep="\t", dtype={"scan": str, "subject": str}), read_folds(folds)
    columns = with_folds(scan_columns(known, labels, asked["columns"], carried), folds)
    table = pd.read_csv(measures, sep="\t", dtype={"scan": str}).set_index("scan")
    groups = dict(zip(known["scan"], known["subject"], strict=True)) | folds.groups
    how = {"methods": asked["methods"], "draws": asked["draws"], "seed": asked["seed"], "options": asked["options"]}
    return *latents.embed_table(table, columns, groups, **how), columns


if __name__ == "__main__":
    with rule_log(snakemake):
        given, left, asked = snakemake.input, snakemake.output, snakemake.params
        how = {"asked": asked.asked, "labels": asked.labels, "carried": asked.carried}
        points, scores, columns = embed_table(given.measures, given.scans, given.folds, **how)
        for table, output in ((points, left.points), (scores, left.scores), (columns.reset_index(), left.columns)):
            with written_whole(output) as path:
                table.to_csv(path, sep="\t", index=False)
