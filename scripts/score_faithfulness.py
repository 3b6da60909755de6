"""Take out of held-out scans what a method calls relevant, and follow the network's answer.

Beside the method's maps stand random ones, the brain's centre and the edges of the mean T1.
"""

import logging
from functools import partial

import pandas as pd
import torch

from voxplain.attribution.maps import read_maps
from voxplain.cohort.folds import read_folds
from voxplain.relevance.named_options import SplitOfStudy
from voxplain.runtime import progress, rule_log, written_whole
from voxplain.sanity.cascade_table import with_undefined
from voxplain.sanity.faithfulness.one_split import COLUMNS, POINT_COLUMNS, split_rows
from voxplain.store import Volumes
from voxplain.training.covariates import covariates_of
from voxplain.training.devices import chosen_device, keep_freed_memory
from voxplain.training.trained import read_card, read_trained

log = logging.getLogger("voxplain")


def score_faithfulness(store, folds, weights, cards, maps, *, experiment, method, sanity, scans=None, atlases=None):
    """Two tables, of measures and of points of curves, see `split_rows`, from the first seed of every split.

    ``maps`` are the files of the method's maps, in the order of ``weights`` and ``cards``; ``scans`` is the table of
    all scans, for networks that are told covariates; ``atlases`` the files, by name, of those that the settings name.
    """
    folds, packed = read_folds(folds), Volumes(store)
    device = chosen_device(experiment["device"])
    torch.set_num_threads(experiment["training"]["threads"])
    first = {}
    for files in zip(weights, cards, maps, strict=True):
        first.setdefault(read_card(files[1])["split"], files)
    rows, points = [], []
    for split, (weights_path, card_path, maps_path) in progress(first.items(), label=f"score {method['name']}"):
        network, card = read_trained(weights_path, card_path)
        source = read_maps(maps_path)
        if network is None or not len(source):
            log.info("%s: nothing scored, %s", split, card.get("empty") or source.about.get("empty"))
            continue
        found, along = split_rows(
            network,
            SplitOfStudy(store, folds, weights_path, card, experiment["mask"], atlases or {}),
            packed,
            source,
            method,
            sanity,
            device=device,
            covariates_of=partial(covariates_of, card, scans),
        )
        rows += found
        points += along
    return pd.DataFrame(rows, columns=COLUMNS), pd.DataFrame(points, columns=POINT_COLUMNS)


if __name__ == "__main__":
    with rule_log(snakemake):
        keep_freed_memory()
        given, asked = snakemake.input, snakemake.params
        tables = score_faithfulness(
            given.store,
            given.folds,
            given.weights,
            given.cards,
            given.maps,
            experiment=asked.experiment,
            method=asked.method,
            sanity=asked.sanity,
            scans=given.get("scans"),
            atlases=dict(zip(asked.atlases, given.atlases, strict=True)),
        )
        for output, table in zip((snakemake.output.measures, snakemake.output.curves), tables, strict=True):
            with written_whole(output) as path:
                with_undefined(table).to_csv(path, sep="\t", index=False)
