"""Say whether groups of held-out scans differ in the maps of the first layer, and more than an untrained network's."""

import logging

import pandas as pd
import torch

from voxplain.errors import InputError, UnsupportedModel
from voxplain.insight.first_layer import COLUMNS, map_statistics, value_ranges
from voxplain.insight.group_differences import COLUMNS as OF_DIFFERENCES
from voxplain.insight.group_differences import compare_groups
from voxplain.insight.network_of_split import networks_of_splits
from voxplain.relevance.columns import column_groups
from voxplain.relevance.further_groups import read_scans
from voxplain.runtime import progress, rule_log, written_whole
from voxplain.training.devices import chosen_device, keep_freed_memory
from voxplain.training.trained import never_trained

log = logging.getLogger("voxplain")
OF_STATISTICS = ["network", "split", "seed", *COLUMNS]


def study_first_layer(store, folds, weights, cards, scans, *, experiment, asked, classes):
    """Statistics of every map, network and held-out scan, and `compare_groups` of them, all networks together.

    ``scans`` is the table of all scans, ``asked`` the settings ``insight.first_layer``. Where networks or labels leave
    nothing to compare the only row of differences is the ``reason``. Raises InputError for a column that cannot serve.
    """
    torch.set_num_threads(experiment["training"]["threads"])
    device, parts, labels = chosen_device(experiment["device"]), [], {}
    by_column = _by_column(scans, asked["groups"])
    networks = networks_of_splits(store, folds, weights, cards, mask=experiment["mask"], scans=scans)
    try:
        for one in progress(networks, label="study first layer", total=len(cards)):
            parts += _statistics(one, asked, device)
            labels |= one.labels
        statistics = pd.concat(parts)[OF_STATISTICS] if parts else pd.DataFrame(columns=OF_STATISTICS)
        return statistics, compare_groups(statistics, by_column or _by_class(labels, classes))
    except (InputError, UnsupportedModel) as error:
        log.info("not compared: %s", error)
        nothing = pd.DataFrame([{"reason": str(error)}], columns=["network", "split", "seed", *OF_DIFFERENCES[3:]])
        return pd.DataFrame(columns=OF_STATISTICS), nothing


def _statistics(one, asked, device):
    how = {"layer": asked["layer"], "device": device}
    for name, network in (("trained", one.network), ("untrained", never_trained(one.card, asked["seed"]))):
        ranges = value_ranges(network, one.training, covariates=one.covariates[0], **how)
        told = {"covariates": one.covariates[1], "levels": asked["levels"]}
        yield map_statistics(network, one.held_out, ranges, **told, **how).assign(network=name, **one.named)


def _by_column(scans, column):
    if column is None:
        return None
    found, _ = column_groups(read_scans(scans), {column: None}, "insight.first_layer.groups")
    return {scan: group for group, members in found.items() for scan in members}


def _by_class(labels, classes):
    if not classes:
        raise InputError("the label is an amount, which has no groups; name a column in insight.first_layer.groups")
    return {scan: classes[int(label)] for scan, label in labels.items()}


if __name__ == "__main__":
    with rule_log(snakemake):
        keep_freed_memory()
        given, asked = snakemake.input, snakemake.params
        how = {"experiment": asked.experiment, "asked": asked.asked, "classes": asked.classes}
        paths = given.store, given.folds, given.weights, given.cards, given.scans
        tables = study_first_layer(*paths, **how)
        for output, table in zip((snakemake.output.statistics, snakemake.output.differences), tables, strict=True):
            with written_whole(output) as path:
                table.to_csv(path, sep="\t", index=False)
