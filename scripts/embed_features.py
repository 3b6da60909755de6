"""Lay out the features of every network as points, and say beside the pictures what can be told from them."""

import pandas as pd

from voxplain.cohort.folds import read_folds
from voxplain.insight import latents
from voxplain.insight.feature_files import read_features
from voxplain.insight.scan_columns import scan_columns, with_folds
from voxplain.runtime import progress, rule_log, written_whole


def embed_features(features, scans, folds, *, asked, labels, carried=()):
    """Points and scores of the files ``features`` of all splits and seeds, and the columns that go with the scans.

    ``asked`` are the settings ``insight.embeddings``; ``labels`` the names of the classes that the networks tell, by
    label; ``carried`` the covariates. The fold colours pictures and is not scored: held-out scans are of one alone.
    """
    columns = scan_columns(pd.read_csv(scans, sep="\t", dtype={"scan": str}), labels, asked["columns"], carried)
    how = {"methods": asked["methods"], "draws": asked["draws"], "seed": asked["seed"], "options": asked["options"]}
    found = [
        latents.embed_features(read_features(path), columns, **how)
        for path in progress(features, label="embed features")
    ]
    points, scores = (pd.concat(tables, ignore_index=True) for tables in zip(*found, strict=True))
    return points, scores, with_folds(columns, read_folds(folds))


if __name__ == "__main__":
    with rule_log(snakemake):
        given, left, asked = snakemake.input, snakemake.output, snakemake.params
        how = {"asked": asked.asked, "labels": asked.labels, "carried": asked.carried}
        points, scores, columns = embed_features(given.features, given.scans, given.folds, **how)
        for table, output in ((points, left.points), (scores, left.scores), (columns.reset_index(), left.columns)):
            with written_whole(output) as path:
                table.to_csv(path, sep="\t", index=False)
