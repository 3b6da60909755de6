"""How alike maps stay while a network's weights are randomised, as a table of comparisons of one kind or another.

cascade: all layers from the head down to that step are random; step 0 is the trained network with itself
single: that layer alone is random, its number counted from the head
unrelated: the last steps of two draws, which are networks that never learnt anything: the null of a cascade's end
input, random_input: the trained, and a never-trained, network's map beside the absolute value of the volume
edges, random_edges: the same beside the edges of the volume
smoothed, smoothed_unrelated: cascade and unrelated of maps that are averaged over noised copies of the volume
"""

from copy import deepcopy
from functools import partial
from itertools import combinations

import numpy as np

from voxplain.attribution.kept_passes import kept_passes
from voxplain.attribution.maps import over_channels
from voxplain.relevance.explanation import explained_maps
from voxplain.sanity.described_maps import DescribedMaps
from voxplain.sanity.randomisation import alone, cascade, layers
from voxplain.sanity.references import edges
from voxplain.sanity.similarity import HOG, MEASURES
from voxplain.sanity.smoothing import smoothed_maps

COLUMNS = ["split", "scan", "draw", "step", "layer", "kind", *MEASURES]
COMPLEXITY = "complexity"
CASCADE_ALONE = {"single": False, "beside": [], "smoothed": None, "efficient": None, "hog": False}


def _size(volume):
    return np.abs(over_channels(volume.numpy()))


BESIDE = {"input": _size, "edges": lambda volume: edges(_size(volume))}


def columns_of(asked):
    """The columns of the table: `COLUMNS`, and what else of maps the settings ``asked`` have."""
    return [*COLUMNS, *[HOG] * bool(asked.get("hog")), *[COMPLEXITY] * bool(asked["efficient"])]


def cascade_rows(
    network,
    volumes,
    classes,
    method,
    seen,
    *,
    draws,
    seed,
    device="cpu",
    covariates=None,
    asked=CASCADE_ALONE,
    measures=MEASURES,
):
    """Rows (dicts) of `columns_of` but ``split``, of each scan, draw and step, and of the images beside them.

    ``classes`` are those of the original network and stay. Maps are compared in the scan's brain mask where the
    network sees it (``seen``, (x, y, z)). ``covariates`` (n, values) are those of the scans, for a network that is told
    some. ``asked`` has ``single`` (layers alone too), ``beside`` (of input and edges), ``smoothed`` ({samples, noise},
    see `smoothed_maps`), ``efficient`` ({bins}, see `complexity`: of the random network's map, or of the second of
    two) and ``hog`` (see `GradientsInMask`), each empty where it is not.
    """
    bins = (asked["efficient"] or {}).get("bins")
    measures = (*measures, HOG) if asked.get("hog") else measures
    about = {"volumes": volumes, "classes": classes, "method": method, "device": device, "covariates": covariates}
    maps = DescribedMaps(volumes, seen, partial(explained_maps, **about), bins, measures)
    beside = () if covariates is None else (covariates[:1].to(device),)
    found = layers(network.to(device), volumes[0][None].to(device), *beside)
    with kept_passes(network):
        original, untrained, rows = randomised(network, found, maps, draws, seed, single=asked["single"])
    for name in asked["beside"]:
        images = maps.of_images([BESIDE[name](volume) for volume in volumes])
        rows += maps.compared(images, original, draw=0, step=0, layer="trained", kind=name)
        for draw, drawn in enumerate(untrained, 1):
            rows += maps.compared(images, drawn, draw=draw, step=len(found), layer="all", kind=f"random_{name}")
    if asked["smoothed"]:
        explain = partial(smoothed_maps, **about, seed=seed, **asked["smoothed"])
        smooth = DescribedMaps(volumes, seen, explain, bins, measures)
        rows += randomised(network, found, smooth, draws, seed, kinds=("smoothed", "smoothed_unrelated"))[2]
    return rows


def randomised(network, found, maps, draws, seed, kinds=("cascade", "unrelated"), single=False):
    """The trained network's maps, the last step's of each draw, and the rows of all comparisons between them."""
    of_steps, of_pairs = kinds
    original = maps.of(network)
    changed, state = deepcopy(network), network.state_dict()
    untrained, rows = [], []
    for draw in range(1, draws + 1):
        rows += maps.compared(original, original, draw=draw, step=0, layer="trained", kind=of_steps)
        for step, (layer, drawn) in enumerate(cascade(network, found, [*seed, draw]), 1):
            where = {"draw": draw, "step": step, "layer": layer}
            changed.load_state_dict(drawn)
            last = maps.of(changed)
            rows += maps.compared(original, last, **where, kind=of_steps)
            if single:
                # of the head alone the cascade's first step tells already
                if step > 1:
                    changed.load_state_dict(alone(state, drawn, found[-step].tensors(network)))
                one = last if step == 1 else maps.of(changed)
                rows += maps.compared(original, one, **where, kind="single")
        untrained.append(last)
    for pair, (one, other) in enumerate(combinations(untrained, 2), 1):
        rows += maps.compared(one, other, draw=pair, step=len(found), layer="all", kind=of_pairs)
    return original, untrained, rows


def with_undefined(table):
    """The table as it is written: six decimals, and a number that is not defined reads ``undefined``."""
    numbers = table.select_dtypes(np.floating).columns
    return table.round(6).astype(dict.fromkeys(numbers, object)).where(table.notna(), "undefined")
