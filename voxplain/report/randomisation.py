"""Whether maps depend on what was learned: what replacing weights by random ones does to the maps of every method."""

import numpy as np
import pandas

from voxplain.report.blocks import Figure, Fold, Table, Text
from voxplain.report.curves import cascade_curves
from voxplain.report.points import estimates
from voxplain.report.sentences import cascade, count, number

SIMILARITIES = ("spearman_abs", "spearman", "ssim")
STEPS = "cascade", "single", "smoothed"
KINDS = {
    "cascade": "",
    "unrelated": "two random networks",
    "single": "alone: {layer}",
    "input": "trained network and the input",
    "random_input": "random network and the input",
    "edges": "trained network and edges of the input",
    "random_edges": "random network and edges of the input",
    "smoothed": "averaged over noise: {layer}",
    "smoothed_unrelated": "averaged over noise: two random networks",
}


def blocks(results):
    """The first experiment's curves and, apart from them, the other pictures, sentences and tables."""
    first, found = None, []
    for experiment in results.experiments:
        drawn, texts, tables = {}, [], []
        for method in results.methods:
            table = results.table(f"sanity/{experiment}/{method}/randomisation.tsv")
            if table is None or table.empty or not (table["kind"] == "cascade").any():
                found.append(Text(f"{experiment}, {method}: weights were not randomised.", "missing"))
                continue
            steps, null = (
                cascade_steps(table),
                band(table.loc[table["kind"] == "unrelated", "spearman_abs"].to_numpy(float)),
            )
            values = table.loc[table["kind"] == "cascade", "spearman_abs"]
            drawn[method] = steps, null
            texts.append(cascade(f"{experiment}, {method}", steps["mean"].iloc[-1], *null, float(values.isna().mean())))
            tables.append(_steps_table(experiment, method, table))
        if drawn:
            figure = Figure(cascade_curves(drawn, " ".join(texts)), f"Experiment {experiment}.")
            found += [figure] if first else []
            first = first or figure
            found += [*(Text(text) for text in texts), *_beside(results, experiment)]
            found.append(Fold(f"Every step of {experiment}", tables))
    return first, found


def _beside(results, experiment):
    """A picture and sentences on how alike maps are to the input and its edges; an empty list where nothing says so."""
    drawn, texts = [], []
    for method in results.methods:
        table = results.table(f"sanity/{experiment}/{method}/randomisation.tsv")
        for kind in () if table is None else ("input", "edges"):
            own, other = (
                table.loc[table["kind"] == one, "spearman_abs"].to_numpy(float) for one in (kind, f"random_{kind}")
            )
            if not len(own):
                continue
            drawn.append((f"{method}, {kind}", mean_of(own), *band(own), [], 0))
            drawn.append((f"{method}, {kind}, random network", mean_of(other), *band(other), [], 1))
            if kind == "input":
                texts.append(_input_words(experiment, method, own, other))
    if not drawn:
        return []
    picture = estimates({f"{experiment}: beside the input": drawn}, "likeness (Spearman, absolute)", " ".join(texts))
    return [Figure(picture, f"Experiment {experiment}: maps beside the input and its edges."), *map(Text, texts)]


def _input_words(experiment, method, own, other):
    if not np.isfinite(mean_of(own)):
        return f"{experiment}, {method}: likeness to the input is undefined, because its maps are constant."
    return (
        f"{experiment}, {method}: a rank correlation of {number(mean_of(own))} with the size of the input's voxels; "
        f"for a network that never learned anything it is {number(mean_of(other))}."
    )


def cascade_steps(table, similarity="spearman_abs"):
    """Means and 2.5th to 97.5th percentiles of each step of the cascade, in order; nan where all are undefined."""
    rows = []
    for _, step in table[table["kind"] == "cascade"].groupby("step"):
        values = step[similarity].to_numpy(float)
        low, high = band(values)
        rows.append({"layer": str(step["layer"].iloc[0]), "mean": mean_of(values), "low": low, "high": high})
    return pandas.DataFrame(rows, columns=["layer", "mean", "low", "high"])


def band(values):
    """2.5th and 97.5th percentiles of the defined values; nan where there are none."""
    defined = values[np.isfinite(values)]
    return tuple(np.percentile(defined, [2.5, 97.5])) if len(defined) else (np.nan, np.nan)


def mean_of(values):
    """Mean of the defined values; nan where there are none."""
    defined = values[np.isfinite(values)]
    return float(defined.mean()) if len(defined) else np.nan


def _steps_table(experiment, method, table):
    columns = ["Step", "Layer", "Spearman, absolute", "Spearman, signed", "SSIM", "Undefined"]
    rows = []
    for kind, name in KINDS.items():
        for step, values in table[table["kind"] == kind].groupby("step"):
            name = name.format(layer=values["layer"].iloc[0])
            means = [number(mean_of(values[similarity].to_numpy(float))) for similarity in SIMILARITIES]
            undefined = int(values["spearman_abs"].isna().sum())
            rows.append([int(step) if kind in STEPS else "", name or values["layer"].iloc[0], *means, undefined])
    pairs = count(int(table[["split", "scan", "draw"]].drop_duplicates().shape[0]), "pair")
    return Table(f"{method}, {experiment}: means over {pairs} of scan and draw", columns, rows, frozenset(columns[2:]))
