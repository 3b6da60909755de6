"""Predict the scans of a test cohort by all networks that never saw their people, and by the mean of these networks."""

import pandas as pd
import torch

from voxplain.cohort.folds import read_folds
from voxplain.runtime import rule_log
from voxplain.training.devices import chosen_device, keep_freed_memory
from voxplain.training.other_cohorts import cohort_predictions, cohort_scores, mean_of_networks
from voxplain.training.scores.curves import curve_table


def predict_cohort(store, folds, weights, cards, tables, *, experiment, classes, bootstrap, seed):
    """The predictions of single networks, those of their mean, and the scores of both and of size.

    ``folds`` is the cohort's file of folds; ``tables`` are the paths of the study's and of the cohort's scans.
    """
    torch.set_num_threads(experiment["training"]["threads"])
    own, scans = (pd.read_csv(path, sep="\t", dtype={"scan": str}) for path in tables)
    folds, device = read_folds(folds), chosen_device(experiment["device"])
    shown = {"mask": experiment["mask"], "classes": classes, "device": device}
    told = cohort_predictions(store, folds, weights, cards, scans, **shown)
    how = {"input_name": experiment["input"], "classes": classes, "bootstrap": bootstrap, "seed": seed}
    return told, mean_of_networks(told), cohort_scores(told, folds.table, own, scans, **how)


if __name__ == "__main__":
    with rule_log(snakemake):
        keep_freed_memory()
        given, asked, left = snakemake.input, snakemake.params, snakemake.output
        drawn = {key: asked.sanity[key] for key in ("bootstrap", "seed")}
        how = {"experiment": asked.experiment, "classes": asked.classes} | drawn
        paths = given.store, given.folds, given.weights, given.cards, (given.own, given.scans)
        told, mean, scores = predict_cohort(*paths, **how)
        curves = curve_table(told, **drawn)
        for content, file in zip((told, mean, scores, curves), left, strict=True):
            content.to_csv(file, sep="\t", index=False)
