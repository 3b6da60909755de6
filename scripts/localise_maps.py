"""Score each method's group map and single subjects' maps against what was planted, beside maps that need no network.

The first table has, for each method and planted effect, the rows that `compared` describes; the second the scores of
single subjects. A number that is not defined reads ``undefined``.
"""

import logging

import pandas as pd
import torch

from voxplain.attribution.maps import read_maps
from voxplain.cohort.folds import read_folds
from voxplain.runtime import progress, rule_log, written_whole
from voxplain.sanity.cascade_table import with_undefined
from voxplain.sanity.localised import (
    BY_SUBJECT,
    ROWS,
    by_subject,
    in_own_spaces,
    localised,
    on_grid_of,
    references_and_targets,
)
from voxplain.sanity.untrained import first_of_each_split, untrained_maps
from voxplain.store import Volumes
from voxplain.training.devices import keep_freed_memory
from voxplain.training.trained import built, read_card
from voxplain.volumes.space import OWN

log = logging.getLogger("voxplain")


def localise_maps(store, truths, mask, weights, cards, maps, *, experiment, methods, sanity, scans=None, **named):
    """Tables of group maps and of subjects; ``truths`` are files by effect, ``mask`` that of the template's brain.

    ``maps`` are the files of each method in turn, in the order of ``weights`` and ``cards``. On another grid in the
    template's space truth and mask are sampled there, and where every scan lies in a space of its own no number is
    defined. ``scans`` is the table of all scans, for networks that are told covariates; ``named`` as in
    `untrained_maps`.
    """
    torch.set_num_threads(experiment["training"]["threads"])
    volumes = Volumes(store, mask=experiment["mask"])
    if volumes.space == OWN:
        log.warning("%s was not registered: each scan is in its own space, nothing is localised", experiment["input"])
        return _tables(in_own_spaces([one["name"] for one in methods], truths), [])
    if not truths:
        return _tables([], [])
    cards = [read_card(card) for card in cards]
    truths = {effect: on_grid_of(volumes, path, 1) for effect, path in truths.items()}
    brain = on_grid_of(volumes, mask, 0) > 0
    network_free, targets = references_and_targets(volumes, built(cards[0]), truths, brain, sanity["localisation"])
    shown = {"experiment": experiment, "sanity": sanity, "scans": scans} | named
    rows, subjects = [], []
    for number, method in enumerate(progress(methods, label="localise")):
        own = [read_maps(path) for path in maps[number * len(cards) : (number + 1) * len(cards)]]
        untrained = [
            untrained_maps(store, path, card, source, method=method, **shown)
            for path, card, source in first_of_each_split(weights, cards, own)
        ]
        rows += localised(method["name"], own, untrained, targets, network_free, sanity)
        subjects += by_subject(method["name"], own, untrained, targets)
    return _tables(rows, subjects)


def _tables(rows, subjects):
    scores = pd.DataFrame(rows, columns=ROWS)
    scores["auc"] = scores["value"].where(scores["measure"] == "auc")
    return scores, pd.DataFrame(subjects, columns=BY_SUBJECT)


def _written(table):
    table = with_undefined(table)
    if "auc" in table:
        table.loc[table["measure"] != "auc", "auc"] = ""
    return table


if __name__ == "__main__":
    with rule_log(snakemake):
        keep_freed_memory()
        given, asked = snakemake.input, snakemake.params
        tables = localise_maps(
            given.store,
            dict(zip(asked.effects, given.truths, strict=True)),
            given.mask,
            given.weights,
            given.cards,
            given.maps,
            experiment=asked.experiment,
            methods=asked.methods,
            sanity=asked.sanity,
            scans=given.get("scans"),
            folds=read_folds(given.folds),
            atlases=dict(zip(asked.atlases, given.atlases, strict=True)),
        )
        for output, table in zip((snakemake.output.scores, snakemake.output.subjects), tables, strict=True):
            with written_whole(output) as path:
                _written(table).to_csv(path, sep="\t", index=False)
