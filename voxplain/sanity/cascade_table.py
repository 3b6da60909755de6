"""How alike maps stay while a network's weights are randomised, as a table."""

from copy import deepcopy
from itertools import combinations

import numpy as np

from voxplain.relevance.explanation import explained_maps
from voxplain.sanity.randomisation import cascade, layers
from voxplain.sanity.similarity import MEASURES, MapsInMask

COLUMNS = ["split", "scan", "draw", "step", "layer", "kind", *MEASURES]


def cascade_rows(network, volumes, classes, method, seen, *, draws, seed, device="cpu", covariates=None):
    """Rows (dicts) of COLUMNS but ``split``: each scan's map at every step of every draw against the original map.

    ``classes`` are those of the original network and stay. Maps are compared in the scan's brain mask where the
    network sees it (``seen``, (x, y, z)). ``kind`` is ``cascade``, or ``unrelated`` for the maps of two draws at their
    last step, which are two networks that never learnt anything. ``covariates`` (n, values) are those of the scans, for
    a network that is told some. Step 0 is the trained network with itself.
    """
    regions = [MapsInMask(volumes.mask(place).numpy() * seen) for place in range(len(volumes))]

    def described(explained):
        maps = explained_maps(explained, volumes, classes, method, device, covariates)
        return [region.described(one) for region, one in zip(regions, maps, strict=True)]

    def compared(ones, others, draw, step, layer, kind="cascade"):
        about = {"draw": draw, "step": step, "layer": layer, "kind": kind}
        found = zip(volumes.scans, regions, ones, others, strict=True)
        return [{"scan": scan, **about, **region.similarity(one, other)} for scan, region, one, other in found]

    originals = described(network)
    beside = () if covariates is None else (covariates[:1].to(device),)
    steps = layers(network, volumes[0][None].to(device), *beside)
    untrained, rows = [], []
    for draw in range(1, draws + 1):
        rows += compared(originals, originals, draw, 0, "trained")
        changed = deepcopy(network)
        for step, (layer, state) in enumerate(cascade(network, steps, [*seed, draw]), 1):
            changed.load_state_dict(state)
            maps = described(changed)
            rows += compared(originals, maps, draw, step, layer)
        untrained.append(maps)
    for pair, (one, other) in enumerate(combinations(untrained, 2), 1):
        rows += compared(one, other, pair, len(steps), "all", "unrelated")
    return rows


def with_undefined(table):
    """The table as it is written: six decimals, and a number that is not defined reads ``undefined``."""
    numbers = table.select_dtypes(np.floating).columns
    return table.round(6).astype(dict.fromkeys(numbers, object)).where(table.notna(), "undefined")
