"""Whether networks' answers go with what maps call relevant, beside maps that know nothing of the network."""

import numpy as np

from voxplain.report.answer_curves import TITLES, answer_curves
from voxplain.report.blocks import Figure, Fold, Table, Text
from voxplain.report.sentences import count, interval, listing, number
from voxplain.sanity.faithfulness.differences import BETTER, beats, mean_value

NAMES = {
    "method": "the method's map",
    "random": "random maps as smooth",
    "centre": "the brain's centre",
    "edges": "edges of the mean T1",
}
MEASURES = {
    "deletion": "deletion",
    "insertion": "insertion",
    "region_deletion": "deletion of whole regions",
    "region_insertion": "insertion of whole regions",
    "road": "ROAD",
    "infidelity": "infidelity, as contributions",
    "infidelity_slope": "infidelity, as slopes",
    "gini": "Gini index",
    "max_sensitivity": "largest change under noise",
}
FILLS = {
    "mean": "training scans' mean",
    "constant": "scan's own mean",
    "blur": "blur",
    "others": "other subjects",
    "imputed": "filled in from around",
}
TOLD = {
    "deletion": ("{} of the answer is left on average while these voxels are taken out", "less than with"),
    "insertion": ("{} of it is back on average while they are put in", "more than with"),
}
RESAMPLES, SEED = 500, 1


def blocks(results):
    """The first experiment's curves and, apart from them, the other pictures, sentences and tables."""
    sanity = results.settings.get("sanity", {})
    asked = {"resamples": sanity.get("bootstrap", RESAMPLES), "seed": sanity.get("seed", SEED)}
    first, found = None, []
    for experiment in results.experiments:
        drawn, texts, tables = {}, [], []
        for method in results.methods:
            folder = f"sanity/{experiment}/{method}"
            rows, points = (results.table(f"{folder}/{name}.tsv") for name in ("faithfulness", "faithfulness_curves"))
            if rows is None or rows.empty:
                found.append(Text(f"{experiment}, {method}: nothing was taken out of scans.", "missing"))
                continue
            curves = {} if points is None else mean_curves(rows, points)
            drawn |= {method: curves} if curves else {}
            texts += sentences(f"{experiment}, {method}", rows, **asked)
            tables.append(_table(experiment, method, rows, asked))
        if drawn:
            figure = Figure(answer_curves(drawn, NAMES, " ".join(texts)), f"Experiment {experiment}.")
            found += [figure] if first else []
            first = first or figure
        found += [Text(text) for text in texts]
        found += [Fold(f"Every measure of {experiment}", tables)] if tables else []
    return first, found


def mean_curves(rows, points):
    """``{measure: {map: (shares, values)}}`` of the measures that are drawn, with their first fill.

    Means over scans, each by how far apart its answers to the whole and to the empty scan are; nan where no scan has a
    curve.
    """
    keys = ["split", "scan", "map", "measure", "fill"]
    points = points.merge(rows[[*keys, "weight"]].drop_duplicates(keys), on=keys, how="left")
    found = {}
    for measure, same in points[points["measure"].isin(TITLES)].groupby("measure", sort=False):
        same = same[same["fill"] == same["fill"].iloc[0]]
        found[measure] = {name: _mean_curve(one) for name, one in same.groupby("map", sort=False)}
    return found


def sentences(about, rows, *, resamples, seed):
    """What deletion and insertion say of a method's maps, beside those that know nothing, from ``faithfulness.tsv``."""
    told = []
    for measure, (words, better) in TOLD.items():
        own = rows[(rows["measure"] == measure) & (rows["map"] == "method")]
        if own.empty:
            continue
        fill = own["fill"].iloc[0]
        height = mean_value(rows, "method", measure, fill)
        if not np.isfinite(height):
            told.append(f"{about}: {measure} is undefined, because its maps are constant or not finite.")
            continue
        others = [name for name in rows["map"].unique() if name != "method"]
        found = {name: beats(rows, name, measure, fill, resamples=resamples, seed=seed) for name in others}
        known = own["value"].notna()
        shown = count(own.loc[known, "subject"].nunique(), "subject")
        left_out = f"; {count(int((~known).sum()), 'scan')} undefined" if not known.all() else ""
        told.append(f"{about}: {words.format(number(height))} ({shown}{left_out}){_beside(found, better)}.")
    return told


def _beside(found, better):
    found = {name: one for name, one in found.items() if np.isfinite(one.low)}
    if not found:
        return "; there is nothing to hold it against"
    ahead = [name for name, one in found.items() if one.low > 0]
    behind = [name for name, one in found.items() if one.high < 0]
    level = [name for name in found if name not in (*ahead, *behind)]
    parts = []
    if ahead:
        least = min(ahead, key=lambda name: found[name].low)
        by = interval(found[least].value, found[least].low, found[least].high)
        closest = f" over {NAMES[least]}" if len(ahead) > 1 else ""
        parts.append(f"{better} {_listed(ahead)}, by {by}{closest}")
    if level:
        parts.append(f"not told apart from {_listed(level)}")
    if behind:
        parts.append(f"worse than {_listed(behind)}")
    return f"; {'; '.join(parts)}"


def _listed(names):
    return listing(NAMES.get(name, str(name)) for name in names)


def _mean_curve(curves):
    """Shares and values at each point in turn, over scans."""
    curves = curves.assign(point=curves.groupby(["split", "scan"]).cumcount())
    shares, values = [], []
    for _, point in curves.groupby("point"):
        known = point[np.isfinite(point["value"].to_numpy(float)) & np.isfinite(point["weight"].to_numpy(float))]
        weight = known["weight"].sum()
        shares.append(point["share"].mean())
        values.append((known["value"] * known["weight"]).sum() / weight if weight > 0 else np.nan)
    return np.array(shares), np.array(values)


def _table(experiment, method, rows, asked):
    columns = ["Measure", "Fill", "Map", "Mean", "Method better by", "95 % interval", "Undefined"]
    rows, lines = rows.fillna({"fill": ""}), []
    for measure, fill in rows[["measure", "fill"]].drop_duplicates().itertuples(index=False, name=None):
        of_measure = rows[(rows["measure"] == measure) & (rows["fill"] == fill)]
        for name, same in of_measure.groupby("map", sort=False):
            line = [MEASURES.get(measure, measure), FILLS.get(fill, fill), NAMES.get(name, name)]
            line.append(number(mean_value(of_measure, name, measure), 3))
            gain = ["", ""]
            if name != "method" and measure in BETTER:
                one = beats(of_measure, name, measure, **asked)
                gain = [number(one.value), f"{number(one.low)} to {number(one.high)}" if np.isfinite(one.low) else ""]
            lines.append([*line, *gain, int(same["value"].isna().sum())])
    caption = f"{method}, {experiment}: {count(rows['scan'].nunique(), 'scan')}"
    return Table(caption, columns, lines, frozenset(columns[3:]))
