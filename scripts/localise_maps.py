"""Score each method's group map against what was planted, beside maps that need no network.

The table has, for each method, the rows that `compared` describes; a number that is not defined reads ``undefined``.
"""

import logging

import nibabel
import numpy as np
import pandas as pd
import torch

from voxplain.attribution.maps import read_maps
from voxplain.cohort.folds import read_folds
from voxplain.runtime import progress, rule_log, written_whole
from voxplain.sanity.cascade_table import with_undefined
from voxplain.sanity.comparison import COLUMNS, compared, nothing_compared
from voxplain.sanity.references import edges, mean_mask, mean_volume
from voxplain.sanity.region import seen_voxels
from voxplain.sanity.untrained import first_of_each_split, untrained_maps
from voxplain.store import Volumes
from voxplain.training.devices import keep_freed_memory
from voxplain.training.trained import built, read_card
from voxplain.volumes.grids import regridded
from voxplain.volumes.space import OWN
from voxplain.volumes.volume import Volume

NETWORK_FREE = "mask", "mean_t1", "edges"

log = logging.getLogger("voxplain")


def localise_maps(store, truth, mask, weights, cards, maps, *, experiment, methods, sanity, scans=None, **named):
    """Rows of every method; ``maps`` are the files of each method in turn, in the order of ``weights`` and ``cards``.

    Scored are the voxels of the template's ``mask`` that the networks see; on another grid in the template's space
    truth and mask are sampled there, and where every scan lies in a space of its own no number is defined. The maps
    that need no network are of the volumes as they were packed, for every split its own normalisation. ``scans`` is the
    table of all scans, for networks that are told covariates; ``named`` as in `untrained_maps`.
    """
    torch.set_num_threads(experiment["training"]["threads"])
    volumes = Volumes(store, mask=experiment["mask"])
    if volumes.space == OWN:
        log.warning("%s was not registered: each scan is in its own space, nothing is localised", experiment["input"])
        rows = [{"method": one["name"], **row} for one in methods for row in nothing_compared(NETWORK_FREE)]
        return pd.DataFrame(rows, columns=["method", *COLUMNS])
    cards = [read_card(card) for card in cards]
    mean = mean_volume(volume[0] for volume in volumes)
    brain = mean_mask(volumes.mask(place) for place in range(len(volumes)))
    network_free = dict(zip(NETWORK_FREE, (brain, mean, edges(mean)), strict=True))
    truth, region = (_on_grid_of(volumes, path, order) for path, order in ((truth, 1), (mask, 0)))
    region = (region > 0) & seen_voxels(built(cards[0]), volumes.shape, volumes.channels)
    shown = {"experiment": experiment, "sanity": sanity, "scans": scans} | named
    rows = []
    for number, method in enumerate(progress(methods, label="localise")):
        own = [read_maps(path) for path in maps[number * len(cards) : (number + 1) * len(cards)]]
        untrained = [
            untrained_maps(store, path, card, source, method=method, **shown)
            for path, card, source in first_of_each_split(weights, cards, own)
        ]
        found = compared(
            own, untrained, truth, region, network_free, resamples=sanity["bootstrap"], seed=[sanity["seed"]]
        )
        rows += [{"method": method["name"], **row} for row in found]
    return pd.DataFrame(rows, columns=["method", *COLUMNS])


def _on_grid_of(volumes, path, order):
    image = nibabel.load(path)
    return regridded(Volume(np.asarray(image.dataobj), image.affine), volumes.shape, volumes.affine, order).data


if __name__ == "__main__":
    with rule_log(snakemake):
        keep_freed_memory()
        given, asked = snakemake.input, snakemake.params
        table = localise_maps(
            given.store,
            given.truth,
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
        with written_whole(snakemake.output.scores) as path:
            with_undefined(table).to_csv(path, sep="\t", index=False)
