"""Score each method's group map against what was planted, beside maps that need no network.

The table has, for each method, the rows that `compared` describes; a number that is not defined reads ``undefined``.
"""

from dataclasses import replace

import nibabel
import numpy as np
import pandas as pd
import torch

from voxplain.attribution.maps import read_maps
from voxplain.relevance.explanation import explained_maps
from voxplain.runtime import progress, rule_log, written_whole
from voxplain.sanity.cascade_table import with_undefined
from voxplain.sanity.choice import checked, chosen_scans
from voxplain.sanity.comparison import COLUMNS, compared
from voxplain.sanity.references import edges, mean_mask, mean_volume
from voxplain.sanity.region import seen_voxels
from voxplain.store import Volumes
from voxplain.training.devices import chosen_device, keep_freed_memory
from voxplain.training.trained import built, read_card


def localise_maps(store, truth, mask, cards, maps, *, experiment, methods, sanity):
    """Rows of every method; ``maps`` are the files of each method in turn, in the order of ``cards``.

    Scored are the voxels of the template's ``mask`` that the networks see.
    """
    torch.set_num_threads(experiment["training"]["threads"])
    volumes = Volumes(store, mask=experiment["mask"])
    cards = [read_card(card) for card in cards]
    mean = mean_volume(volume[0] for volume in volumes)
    network_free = {
        "mask": mean_mask(volumes.mask(place) for place in range(len(volumes))),
        "mean_t1": mean,
        "edges": edges(mean),
    }
    truth, region = (np.asarray(nibabel.load(path).dataobj) for path in (truth, mask))
    region = (region > 0) & seen_voxels(built(cards[0]), volumes.shape)
    rows = []
    for number, method in enumerate(progress(methods, label="localise")):
        own = [read_maps(path) for path in maps[number * len(cards) : (number + 1) * len(cards)]]
        untrained = [
            untrained_maps(store, card, source, experiment=experiment, method=method, sanity=sanity)
            for card, source in first_of_each_split(cards, own)
        ]
        found = compared(
            own, untrained, truth, region, network_free, resamples=sanity["bootstrap"], seed=[sanity["seed"]]
        )
        rows += [{"method": method["name"], **row} for row in found]
    return pd.DataFrame(rows, columns=["method", *COLUMNS])


def untrained_maps(store, card, source, *, experiment, method, sanity):
    """``source`` with maps, of some of its scans classified correctly, by a network that was never trained."""
    number = checked(sanity, method)["untrained_per_split"]
    places = chosen_scans(source.label, source.predicted, number)
    chosen = {name: getattr(source, name)[places] for name in ("label", "predicted", "target", "score")}
    chosen |= {name: [getattr(source, name)[place] for place in places] for name in ("scan", "subject")}
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed_of(sanity["seed"], card["split"]))
        network = built(card).eval()
    volumes = Volumes(store, chosen["scan"], experiment["mask"])
    drawn = explained_maps(network, volumes, chosen["target"], method, chosen_device(experiment["device"]))
    return replace(source, **chosen, maps=list(drawn))


def first_of_each_split(cards, sources):
    """The pairs of card and maps of the first seed of every split."""
    first = {}
    for card, source in zip(cards, sources, strict=True):
        first.setdefault(card["split"], (card, source))
    return first.values()


def seed_of(seed, split):
    """A seed of its own for every split."""
    return int(np.random.SeedSequence([seed, *split.encode()]).generate_state(1)[0])


if __name__ == "__main__":
    with rule_log(snakemake):
        keep_freed_memory()
        given, asked = snakemake.input, snakemake.params
        table = localise_maps(
            given.store,
            given.truth,
            given.mask,
            given.cards,
            given.maps,
            experiment=asked.experiment,
            methods=asked.methods,
            sanity=asked.sanity,
        )
        with written_whole(snakemake.output.scores) as path:
            with_undefined(table).to_csv(path, sep="\t", index=False)
