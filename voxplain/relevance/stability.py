"""How alike maps stay when the network is trained again: the first thing to know before any of them is believed.

Eitel and Ritter (2019) found that methods differ in how alike the maps of retrained networks are. Here each scan's
maps by two trainings (seeds) of its split are compared; beside it stand maps of two subjects by one training, because
a method that draws the same for everybody is stable too; and the group's mean maps by two seeds.
"""

from itertools import combinations

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from voxplain.errors import InputError
from voxplain.relevance.averages import group_averages
from voxplain.relevance.bootstrap import ends, resampled_means
from voxplain.relevance.first_look import top_threshold
from voxplain.relevance.map_rows import card_of, seen_by_any

MEASURES = ("pearson", "spearman", "dice")
RETRAINED, SUBJECTS, GROUP = "retrained", "subjects", "group"
COLUMNS = ["kind", "split", "scan", "subject", "first", "second", *MEASURES, "predicted"]
SUMMARY = ["kind", "measure", "mean", "low", "high", "subjects", "comparisons", "undefined"]


def stability_table(sources, mask, top=0.05):
    """A row for each comparison of two maps of one method, inside ``mask`` (x, y, z) where the networks see.

    ``sources`` are what `read_maps` returns, of all splits and seeds. ``kind`` is ``retrained``: a scan's maps by the
    seeds ``first`` and ``second`` of its split, with ``predicted`` 1 where both networks predict one class; or
    ``subjects``: the scan's map and the next subject's of the split, both by seed ``first``; or ``group``: the mean
    maps over all subjects, each once, by two seeds. ``pearson`` and ``spearman`` correlate signed maps over voxels,
    ``dice`` is that of the ``top`` share of voxels by |value|; NaN where a map is constant or not finite. Without a
    second seed the table has no row. Reads one split's scans at a time and holds a map for each seed. InputError for an
    empty mask.
    """
    mask = np.asarray(mask) > 0
    seen = seen_by_any(sources, mask.shape)
    mask = mask if seen is None else mask & seen
    if not mask.any():
        raise InputError("mask: no voxel inside that the networks see; give the mask of the same template")
    compared, rows = _Compared(mask, top), []
    by_split = {}
    for source in sources:
        if len(source.scan):
            card = card_of(source)
            by_split.setdefault(card.get("split", ""), {})[card.get("seed", 0)] = source
    for split, of_seeds in by_split.items():
        if len(of_seeds) > 1:
            rows += [{"split": split, **row} for row in _of_split(of_seeds, compared)]
    if rows:
        rows += _of_group(sources, compared)
    return pd.DataFrame(rows, columns=COLUMNS)


def stability_summary(table, resamples=500, seed=1):
    """The first table of trust: a row for each kind and measure of the `stability_table` ``table``.

    ``mean`` is over subjects, each the mean of its comparisons, with a 95 % bootstrap interval over them from ``low``
    to ``high``; of the group's maps, over pairs of seeds and without an interval. ``predicted`` is the share of scans
    of which two trainings predict one class. ``undefined`` counts comparisons of maps that are constant.
    """
    rows = []
    for kind, own in table.groupby("kind", sort=False):
        measures = [*MEASURES, "predicted"] if kind == RETRAINED else MEASURES
        if kind == GROUP:
            values = own[list(measures)].to_numpy(float)
            low, high, subjects = np.full(len(measures), np.nan), np.full(len(measures), np.nan), np.nan
        else:
            of_subjects = own.groupby("subject")[list(measures)].mean()
            values, subjects = of_subjects.to_numpy(float), len(of_subjects)
            low, high = ends(resampled_means(values, resamples, seed), subjects)
        for place, measure in enumerate(measures):
            known = values[:, place][np.isfinite(values[:, place])]
            told = {"mean": known.mean() if len(known) else np.nan, "low": low[place], "high": high[place]}
            counts = {"subjects": subjects, "comparisons": len(own), "undefined": int(own[measure].isna().sum())}
            rows.append({"kind": kind, "measure": measure, **told, **counts})
    return pd.DataFrame(rows, columns=SUMMARY)


class _Compared:
    """Compares maps inside a mask; each is described once."""

    def __init__(self, mask, top):
        self.mask, self.top = mask, top

    def described(self, values):
        """Standardised values and ranks inside the mask, and which voxels are the map's top; None for a constant."""
        inside = np.asarray(values)[self.mask].astype(np.float64)
        if not np.isfinite(inside).all() or inside.min() == inside.max():
            return None
        return _standard(inside), _standard(rankdata(inside)), np.abs(inside) >= top_threshold(inside, self.top)

    def alike(self, one, other):
        if one is None or other is None:
            return dict.fromkeys(MEASURES, np.nan)
        dice = 2 * (one[2] & other[2]).sum() / (one[2].sum() + other[2].sum())
        return {"pearson": float(one[0] @ other[0]), "spearman": float(one[1] @ other[1]), "dice": float(dice)}


def _standard(values):
    """``values`` with mean 0 and length 1."""
    away = values - values.mean()
    return away / np.sqrt(away @ away)


def _of_split(of_seeds, compared):
    """Rows of the scans that all seeds of a split explained, in order, so that few maps are held."""
    seeds = sorted(of_seeds)
    places = {seed: {scan: place for place, scan in enumerate(of_seeds[seed].scan)} for seed in seeds}
    subject = dict(zip(of_seeds[seeds[0]].scan, of_seeds[seeds[0]].subject, strict=True))
    scans = sorted(set.intersection(*(set(one) for one in places.values())))
    before, rows = None, []
    for scan in scans:
        own = {seed: compared.described(of_seeds[seed].maps[places[seed][scan]]) for seed in seeds}
        predicted = {seed: of_seeds[seed].predicted[places[seed][scan]] for seed in seeds}
        whose = {"scan": scan, "subject": subject[scan]}
        for one, other in combinations(seeds, 2):
            pair = {
                "kind": RETRAINED,
                "first": one,
                "second": other,
                "predicted": _same(predicted[one], predicted[other]),
            }
            rows.append(whose | pair | compared.alike(own[one], own[other]))
        if before is not None and subject[before[0]] != subject[scan]:
            for seed in seeds:
                pair = {"kind": SUBJECTS, "first": seed, "second": seed, "predicted": np.nan}
                rows.append(whose | pair | compared.alike(before[1][seed], own[seed]))
        before = scan, own
    return rows


def _same(one, other):
    """1 or 0 for classes; NaN for amounts, which are hardly ever the same."""
    return np.nan if np.asarray(one).dtype.kind == "f" else float(one == other)


def _of_group(sources, compared):
    seeds = sorted({card_of(source).get("seed", 0) for source in sources if len(source.scan)})
    means = {}
    for seed in seeds:
        own = [source for source in sources if card_of(source).get("seed", 0) == seed and len(source.scan)]
        asked = {"mask": compared.mask, "measures": ("mean",), "scales": ("scaled",)}
        average = group_averages(own, ["all"], compared.mask.shape, **asked)["all"]
        means[seed] = compared.described(average.of["scaled", "mean"])
    nothing = {"kind": GROUP, "split": "", "scan": "", "subject": "", "predicted": np.nan}
    return [
        nothing | {"first": one, "second": other} | compared.alike(means[one], means[other])
        for one, other in combinations(seeds, 2)
    ]
