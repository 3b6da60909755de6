"""How alike maps are between methods, splits, seeds and subjects: which of a study's maps are held against which."""

import numpy as np
import pandas as pd

from voxplain.relevance.agreement import agreement_table, mean_agreement
from voxplain.relevance.averages import group_averages
from voxplain.relevance.map_rows import split_groups
from voxplain.relevance.ordering import agreement_order

# Scans whose maps are compared one by one, and subjects compared with each other, at most
MOST_SCANS = 50
MOST_SUBJECTS = 30
COLUMNS = ["kind", "method", "first", "second", "compared"]


class Compared:
    """Agreement by some ``measures`` of vectors inside one mask; see `agreement_table` for what the others mean."""

    def __init__(self, mask, affine, measures, top, seed):
        self.mask, self.affine, self.measures, self.asked = mask, affine, list(measures), {"top": top, "seed": seed}

    def between(self, vectors, names):
        """The `agreement_table` of ``vectors`` (k, voxels)."""
        return agreement_table(vectors, self.mask, self.affine, names, measures=self.measures, **self.asked)

    def of_means(self, averages):
        """The `agreement_table` of the scaled mean maps of ``{name: Average}``; groups without subjects left out."""
        images = {name: one.of["scaled", "mean"][self.mask] for name, one in averages.items() if one.subjects}
        return self.between(list(images.values()), list(images)) if len(images) > 1 else pd.DataFrame()


def mean_maps(maps, groups, further=None):
    """``{group: Average}`` with the scaled mean alone, of a `WholeMaps`."""
    asked = {"mask": maps.inside, "measures": ("mean",), "scales": ("scaled",)}
    return group_averages(maps.sources, groups, maps.inside.shape, further, **asked)


def between_methods(methods, compared):
    """``{method: WholeMaps}``: agreement of two methods' maps of one scan, its mean over scans, and of group means."""
    tables, names = [], list(methods)
    rows = next(iter(methods.values())).rows
    for number in _spread(len(rows), MOST_SCANS):
        vectors = [next(iter(maps.of([number])))[compared.mask] for maps in methods.values()]
        tables.append(compared.between(vectors, names))
    if not tables or len(names) < 2:
        return pd.DataFrame(columns=COLUMNS)
    scans = mean_agreement(tables).rename(columns={"scans": "compared"}).assign(kind="methods")
    groups = compared.of_means({name: mean_maps(maps, ["all"])["all"] for name, maps in methods.items()})
    order = agreement_order(scans, compared.measures[0])
    kinds = [_ordered(scans, order), _ordered(groups.assign(kind="group means of methods", compared=1), order)]
    return _together(kinds).assign(method="")


def _ordered(table, order):
    """The pairs of ``table`` so that names are met in ``order``, alike ones beside each other."""
    if table.empty:
        return table
    place = {name: number for number, name in enumerate(order)}
    pairs = [sorted(pair, key=place.get) for pair in table[["first", "second"]].to_numpy()]
    table = table.assign(first=[one for one, _ in pairs], second=[other for _, other in pairs])
    return table.sort_values(["first", "second"], key=lambda names: names.map(place), kind="stable")


def within_method(name, maps, compared):
    """Agreement of one method's mean maps of splits, of a scan's maps by two seeds, and of subjects' maps."""
    splits = compared.of_means(mean_maps(maps, [], split_groups(maps.rows)))
    kinds = [
        splits.assign(kind="splits", compared=1),
        _between_seeds(maps, compared),
        _between_subjects(maps, compared),
    ]
    return _together(kinds).assign(method=name)


def _between_seeds(maps, compared):
    tables, scans = [], maps.rows.groupby(["scan", "split"], sort=False).indices
    several = [numbers for numbers in scans.values() if len(numbers) > 1]
    for place in _spread(len(several), MOST_SCANS):
        vectors = [values[compared.mask] for values in maps.of(several[place])]
        seeds = maps.rows["seed"].to_numpy()[several[place]]
        tables.append(compared.between(vectors, [f"seed {seed}" for seed in seeds]))
    return mean_agreement(tables).rename(columns={"scans": "compared"}).assign(kind="seeds")


def _between_subjects(maps, compared):
    first = maps.rows.drop_duplicates("subject")
    chosen = first.iloc[_spread(len(first), MOST_SUBJECTS)]
    if len(chosen) < 2:
        return pd.DataFrame()
    vectors = np.stack([values[compared.mask] for values in maps.of(chosen.index)])
    table = compared.between(vectors / maps.scale[chosen.index, None], range(len(chosen)))
    where = _where(chosen)
    pairs = [sorted((where[int(one)], where[int(other)])) for one, other in table[["first", "second"]].to_numpy()]
    table["first"], table["second"] = zip(*pairs, strict=True)
    return mean_agreement([table.assign(one=1.0)]).rename(columns={"scans": "compared"}).assign(kind="subjects")


def _where(rows):
    """What each subject is compared as: its class, or of a regression its half of the amounts."""
    if rows["label"].dtype.kind == "f":
        return np.where(rows["label"] < rows["label"].median(), "lower half", "upper half")
    return [f"class {label}" for label in rows["label"]]


def _spread(amount, most):
    """At most ``most`` places among ``amount``, evenly spread."""
    return np.unique(np.linspace(0, amount - 1, min(most, amount)).round().astype(int)) if amount else []


def _together(tables):
    filled = [table for table in tables if len(table)]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=COLUMNS)


def all_agreement(methods, compared):
    """One table of all kinds for ``{method: WholeMaps}``: columns COLUMNS, and each measure with its ``_sd``."""
    tables = [between_methods(methods, compared), *(within_method(*one, compared) for one in methods.items())]
    measures = [column for measure in compared.measures for column in (measure, f"{measure}_sd")]
    return _together(tables).reindex(columns=[*COLUMNS, *measures])
