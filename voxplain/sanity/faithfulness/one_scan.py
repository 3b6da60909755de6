"""Every measure of faithfulness of the maps of one scan."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain

import numpy as np
import torch

from voxplain.sanity.faithfulness.curves import area, deleted, emptied, inserted, normalised, whole_curve
from voxplain.sanity.faithfulness.imputation import imputed
from voxplain.sanity.faithfulness.infidelity import drawn_blocks, infidelity
from voxplain.sanity.faithfulness.ordering import Path, region_path, strengths, voxel_path
from voxplain.sanity.faithfulness.sparseness import gini

STATES = {"deletion": deleted, "insertion": inserted, "region_deletion": deleted, "region_insertion": inserted}
IMPUTED = "imputed"  # the fill of ROAD
ROWS = ["map", "measure", "fill", "value", "weight"]
POINTS = ["map", "measure", "fill", "share", "value"]


@dataclass(frozen=True)
class Scan:
    """A scan as its network is shown it, and all that is asked about its maps.

    ``volume`` (channels, x, y, z) float32; ``region`` boolean (x, y, z), the voxels that are ordered and taken out;
    ``fills`` {name: (n, channels, x, y, z), or None for one that there is none of}; ``labels`` (x, y, z) whole
    numbers, the regions; ``sides`` of a block in voxels, three; ``answers`` gives the answer to each of an iterable of
    volumes; ``asked`` is the section ``sanity.faithfulness``; ``seed`` a sequence of whole numbers.
    """

    volume: torch.Tensor
    region: np.ndarray
    fills: dict
    labels: np.ndarray
    sides: tuple
    answers: Callable
    asked: dict
    seed: tuple


@dataclass(frozen=True)
class Walk:
    """One path through a scan: what it is part of, and the fill and the ends that its answers lie between."""

    map: str
    draw: int
    measure: str
    fill: str
    path: Path | None
    whole: float
    empty: float
    volumes: torch.Tensor | None

    @property
    def passes(self):
        """How many volumes the network is asked about."""
        if self.path is None or self.volumes is None:
            return 0
        return len(self.path.stops) * (1 if self.measure == "road" else len(self.volumes))


def scan_rows(scan, maps):
    """Rows of ROWS and points of POINTS, dicts, of ``maps``, ``{name: list of maps (x, y, z)}``, means over each list.

    A measure of a map that is None, constant or not finite in the region is NaN. ``weight`` is how far apart the
    answers to the whole and to the empty scan are, which is what a curve shares out; 1 of what is no curve.
    """
    rows, points = _curve_rows(scan, maps)
    if "infidelity" in scan.asked["measures"]:
        rows += _infidelity_rows(scan, maps)
    if "gini" in scan.asked["measures"]:
        for name, drawn in maps.items():
            values = [np.nan if one is None else gini(one[scan.region]) for one in drawn]
            rows.append(_row(name, "gini", "", np.mean(values)))
    return rows, points


def _curve_rows(scan, maps):
    walks = list(_walks(scan, maps))
    answers = scan.answers(chain.from_iterable(_states(scan, one) for one in walks))
    ends = np.cumsum([one.passes for one in walks])
    rows, points = {}, {}
    for walk, last in zip(walks, ends, strict=True):
        own = answers[last - walk.passes : last]
        key = walk.map, walk.measure, walk.fill
        shares, values = _curve(walk, own)
        rows.setdefault(key, []).append((area(shares, values) if len(shares) else np.nan, abs(walk.whole - walk.empty)))
        points.setdefault(key, []).append((shares, values))
    return (
        [_row(*key, *np.mean(found, axis=0)) for key, found in rows.items()],
        [dict(zip(POINTS, (*key, *point), strict=True)) for key, found in points.items() for point in _mean(found)],
    )


def _walks(scan, maps):
    measures = [one for one in scan.asked["measures"] if one in STATES]
    whole = float(scan.answers([scan.volume])[0])
    empty = {}
    for fill, volumes in scan.fills.items():
        emptied_ones = [] if volumes is None else [emptied(scan.volume, one, scan.region) for one in volumes]
        empty[fill] = float(scan.answers(emptied_ones).mean()) if emptied_ones else np.nan
    asked = [(measure, fill) for measure in measures for fill in scan.fills]
    if "road" in scan.asked["measures"]:
        asked.append(("road", IMPUTED))
    first = next(iter(scan.fills))
    for name, drawn in maps.items():
        for draw, values in enumerate(drawn):
            paths = {}
            for measure, fill in asked:
                end = empty[first if fill == IMPUTED else fill]
                by_region, sign = measure.startswith("region_"), -1 if end > whole else 1
                if (by_region, sign) not in paths:
                    paths[by_region, sign] = _path(scan, values, by_region, sign, draw)
                volumes = scan.volume[None] if fill == IMPUTED else scan.fills[fill]
                yield Walk(name, draw, measure, fill, paths[by_region, sign], whole, end, volumes)


def _path(scan, values, by_region, sign, draw):
    if values is None:
        return None
    strength = strengths(values, scan.asked["order"], sign)
    beside = (scan.region, scan.asked["shares"], [*scan.seed, draw])
    return region_path(strength, scan.labels, *beside) if by_region else voxel_path(strength, *beside)


def _states(scan, walk):
    if not walk.passes:
        return
    if walk.measure == "road":
        volume = scan.volume.numpy()
        for stop in walk.path.stops:
            found = imputed(volume, walk.path.places < stop, scan.region, seed=[*scan.seed, walk.draw])
            yield torch.from_numpy(found)
        return
    for fill in walk.volumes:
        yield from STATES[walk.measure](scan.volume, fill, walk.path)


def _curve(walk, own):
    if not walk.passes:
        return np.empty(0), np.empty(0)
    stops = len(walk.path.stops)
    values = normalised(own.reshape(-1, stops).mean(axis=0), walk.whole, walk.empty)
    return whole_curve(walk.measure.removeprefix("region_"), walk.path.shares, values)


def _mean(curves):
    """Points (share, value) of the mean curve, at the shares of the first; one point that is undefined for none."""
    shares = curves[0][0]
    if not len(shares):
        return [(np.nan, np.nan)]
    values = [np.interp(shares, *one) if len(one[0]) else np.full(len(shares), np.nan) for one in curves]
    return list(zip(shares, np.mean(values, axis=0), strict=True))


def _infidelity_rows(scan, maps):
    """Of the map as shares of the answer, and as its slopes: relevance times what is taken out of each voxel."""
    name, volumes = next(iter(scan.fills.items()))
    blocks = drawn_blocks(scan.region, scan.sides, scan.asked["blocks"], scan.seed)
    if volumes is None or not blocks:
        both = ("infidelity", "infidelity_slope")
        return [_row(one, measure, name, np.nan) for one in maps for measure in both]
    covered = (emptied(scan.volume, fill, block) for fill in volumes for block in blocks)
    found = scan.answers(chain([scan.volume], covered))
    changes = found[0] - found[1:].reshape(len(volumes), len(blocks)).mean(axis=0)
    taken = (scan.volume - volumes.mean(0)).sum(0).numpy().astype(np.float64)
    rows = []
    for one, drawn in maps.items():
        for measure, unit in (("infidelity", np.ones_like(taken)), ("infidelity_slope", taken)):
            values = [_infidelity(scan, values, unit, blocks, changes) for values in drawn]
            rows.append(_row(one, measure, name, np.mean(values)))
    return rows


def _infidelity(scan, values, unit, blocks, changes):
    if values is None or np.ptp(values[scan.region]) == 0:
        return np.nan
    told = values * unit
    return infidelity([told[block].sum() for block in blocks], changes)


def _row(name, measure, fill, value, weight=1.0):
    return dict(zip(ROWS, (name, measure, fill, float(value), float(weight)), strict=True))
