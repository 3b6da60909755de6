"""Extract what the network of one split makes of its scans before its last linear layer decides."""

import logging

import torch

from voxplain.cohort.folds import read_folds
from voxplain.errors import UnsupportedModel
from voxplain.insight.feature_files import write_features
from voxplain.insight.split_features import no_features, split_features
from voxplain.runtime import rule_log
from voxplain.training.devices import chosen_device, keep_freed_memory
from voxplain.training.trained import read_card

log = logging.getLogger("voxplain")


def extract_features(store, folds, weights, card, *, experiment, layer=None, scans=None):
    """The `SplitFeatures` of the card's split, without a row, and with the reason, for a network that has none.

    ``scans`` is the path of the table of all scans, for a network that is told covariates.
    """
    torch.set_num_threads(experiment["training"]["threads"])
    how = {"mask": experiment["mask"], "layer": layer, "device": chosen_device(experiment["device"])}
    try:
        found = split_features(store, read_folds(folds), weights, card, scans=scans, **how)
    except UnsupportedModel as error:
        found = no_features(read_card(card), str(error), layer)
    if "empty" in found.about:
        log.info("%s, seed %d: no features, %s", found.about["split"], found.about["seed"], found.about["empty"])
    return found


if __name__ == "__main__":
    with rule_log(snakemake):
        keep_freed_memory()
        given, asked = snakemake.input, snakemake.params
        how = {"experiment": asked.experiment, "layer": asked.layer, "scans": given.get("scans")}
        found = extract_features(given.store, given.folds, given.weights, given.card, **how)
        write_features(snakemake.output.features, found)
