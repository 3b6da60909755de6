"""How alike maps stay while a network's weights are randomised, as a table."""

from copy import deepcopy
from itertools import combinations

import numpy as np

from voxplain.relevance.explanation import explained_maps
from voxplain.sanity.randomisation import cascade, layers
from voxplain.sanity.similarity import MEASURES, similarity

COLUMNS = ["split", "scan", "draw", "step", "layer", "kind", *MEASURES]


def cascade_rows(network, volumes, classes, method, seen, *, draws, seed, device="cpu"):
    """Rows (dicts) of COLUMNS but ``split``: each scan's map at every step of every draw against the original map.

    ``classes`` are those of the original network and stay. Maps are compared in the scan's brain mask where the
    network sees it (``seen``, (x, y, z)). ``kind`` is ``cascade``, or ``null`` for the maps of two draws at their last
    step, which are two networks that never learnt anything. Step 0 is the trained network with itself.
    """
    regions = [volumes.mask(place).numpy() * seen for place in range(len(volumes))]
    originals = list(explained_maps(network, volumes, classes, method, device))
    steps = layers(network, volumes[0][None].to(device))
    untrained, rows = [], []
    for draw in range(1, draws + 1):
        rows += _compared(volumes.scans, originals, originals, regions, draw, 0, "trained")
        changed = deepcopy(network)
        for step, (layer, state) in enumerate(cascade(network, steps, [*seed, draw]), 1):
            changed.load_state_dict(state)
            maps = list(explained_maps(changed, volumes, classes, method, device))
            rows += _compared(volumes.scans, originals, maps, regions, draw, step, layer)
        untrained.append(maps)
    for pair, (one, other) in enumerate(combinations(untrained, 2), 1):
        rows += _compared(volumes.scans, one, other, regions, pair, len(steps), "all", "null")
    return rows


def with_undefined(table):
    """The table as it is written: a similarity or score that is not a number reads ``undefined``."""
    numbers = table.select_dtypes(np.floating).columns
    return table.astype(dict.fromkeys(numbers, object)).where(table.notna(), "undefined")


def _compared(scans, ones, others, regions, draw, step, layer, kind="cascade"):
    return [
        {"scan": scan, "draw": draw, "step": step, "layer": layer, "kind": kind, **similarity(one, other, region)}
        for scan, one, other, region in zip(scans, ones, others, regions, strict=True)
    ]
