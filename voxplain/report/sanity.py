"""The section on sanity: whether maps depend on what was learned, and whether they find what was planted."""

import numpy as np
import pandas

from voxplain.report.blocks import Figure, Fold, Heading, Section, Table, Text
from voxplain.report.curves import cascade_curves
from voxplain.report.points import estimates
from voxplain.report.sentences import cascade, count, localisation, number

READING = (
    "Points far to the right are good: a map finds what was planted if its localisation AUC lies above maps made "
    "without any network and above the untrained network; 0.50 is chance.",
    "Falling curves are good: layer by layer, from the network's head to its input, learned weights are replaced by "
    "random ones, and a map that depends on them must fall into the grey band, which is how alike the maps of two "
    "random networks are.",
)
FLAG = "These are numbers about made data, whose truth is known; they say nothing about maps of real heads."
MAPS = {
    "untrained": "untrained network",
    "random": "random map as smooth",
    "mask": "brain mask",
    "mean_t1": "mean T1",
    "edges": "edges of the mean T1",
}
SIMILARITIES = ("spearman_abs", "spearman", "ssim")


def section(results):
    """The section, from ``randomisation.tsv`` of every method and ``localisation.tsv`` of every experiment."""
    planted, planted_blocks = _localisation(results)
    drawn, drawn_blocks = _cascades(results)
    first = planted or drawn
    blocks = [Heading("What was planted, found again"), *planted_blocks, Heading("Random weights"), *drawn_blocks]
    reading = READING if planted else READING[::-1]
    return Section("sanity", "Sanity", reading, first, blocks)


def cascade_steps(table, similarity="spearman_abs"):
    """Means and 2.5th to 97.5th percentiles of each step of the cascade, in order; nan where all are undefined."""
    rows = []
    for _, step in table[table["kind"] == "cascade"].groupby("step"):
        values = step[similarity].to_numpy(float)
        low, high = band(values)
        rows.append({"layer": str(step["layer"].iloc[0]), "mean": _mean(values), "low": low, "high": high})
    return pandas.DataFrame(rows, columns=["layer", "mean", "low", "high"])


def band(values):
    """2.5th and 97.5th percentiles of the defined values; nan where there are none."""
    defined = values[np.isfinite(values)]
    return tuple(np.percentile(defined, [2.5, 97.5])) if len(defined) else (np.nan, np.nan)


def best_method(results):
    """(experiment, row) of the method whose localisation is highest, or None where none was scored."""
    rows = [
        (experiment, row)
        for experiment, table in _localisation_tables(results).items()
        for row in table[(table["kind"] == "method") & table["auc"].notna()].itertuples()
    ]
    return max(rows, key=lambda found: found[1].auc, default=None)


def located(results, experiment, method):
    """The sentence on how well ``method`` finds what was planted."""
    table = _localisation_tables(results)[experiment]
    table = table[table["method"] == method]
    own = table[table["kind"] == "method"].iloc[0]
    others = table[table["kind"] != "method"]
    references = {
        map_name(row.map): (row.difference, row.difference_low, row.difference_high) for row in others.itertuples()
    }
    return localisation(method, (own["auc"], own["low"], own["high"]), references)


def map_name(name):
    """A map that knows nothing of the labels, in the reader's words."""
    return MAPS.get(name, str(name).replace("_", " "))


def _mean(values):
    defined = values[np.isfinite(values)]
    return float(defined.mean()) if len(defined) else np.nan


def _localisation_tables(results):
    tables = {name: results.table(f"sanity/{name}/localisation.tsv") for name in results.experiments}
    return {name: table for name, table in tables.items() if table is not None and len(table)}


def _localisation(results):
    tables = _localisation_tables(results)
    if not tables:
        why = "was not scored" if results.made else "cannot be scored, because the truth of a real cohort is not known"
        return None, [Text(f"Localisation {why}.", "missing")]
    panels, texts, blocks = {}, [], []
    for experiment, table in tables.items():
        panels[f"Experiment {experiment}"] = _rows(table)
        methods = table.loc[table["kind"] == "method", "method"]
        sentences = [f"{experiment}, {located(results, experiment, method)}" for method in methods]
        texts += sentences
        blocks += [Text(sentence) for sentence in sentences]
        blocks.append(Fold(f"Localisation table of {experiment}", [_table(experiment, table)]))
    picture = estimates(panels, "localisation AUC inside the brain", " ".join(texts), 0.5)
    return Figure(picture, FLAG), [Text(FLAG, "note"), *blocks]


def _rows(table):
    rows = [(row.method, row.auc, row.low, row.high, [], 0) for row in table[table["kind"] == "method"].itertuples()]
    for name, same in table[table["kind"] != "method"].groupby("map", sort=False):
        one = same["auc"].nunique() <= 1
        for row in same.head(1 if one else None).itertuples():
            shown = map_name(name) if one else f"{map_name(name)} ({row.method})"
            rows.append((shown, row.auc, row.low, row.high, [], 1))
    return rows


def _table(experiment, table):
    columns = [
        "Method",
        "Map",
        "Subjects",
        "AUC",
        "95 % interval",
        "Method minus map",
        "95 % interval of the difference",
    ]
    rows = [
        [
            row.method,
            "its own" if row.kind == "method" else map_name(row.map),
            int(row.subjects),
            number(row.auc),
            _span(row.low, row.high),
            number(row.difference) if row.kind != "method" else "",
            _span(row.difference_low, row.difference_high) if row.kind != "method" else "",
        ]
        for row in table.itertuples()
    ]
    return Table(f"Localisation in {experiment}, made data", columns, rows, frozenset(columns[2:]))


def _span(low, high):
    return f"{number(low)} to {number(high)}" if np.isfinite(low) and np.isfinite(high) else "undefined"


def _cascades(results):
    first, blocks = None, []
    for experiment in results.experiments:
        drawn, texts, tables = {}, [], []
        for method in results.methods:
            table = results.table(f"sanity/{experiment}/{method}/randomisation.tsv")
            if table is None or table.empty or not (table["kind"] == "cascade").any():
                blocks.append(Text(f"{experiment}, {method}: weights were not randomised.", "missing"))
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
            first = first or figure
            blocks += [figure, *(Text(text) for text in texts), Fold(f"Every step of {experiment}", tables)]
    return first, blocks


def _steps_table(experiment, method, table):
    columns = ["Step", "Layer", "Spearman, absolute", "Spearman, signed", "SSIM", "Undefined"]
    rows = []
    for kind, name in (("cascade", ""), ("unrelated", "two random networks")):
        for step, values in table[table["kind"] == kind].groupby("step"):
            means = [number(_mean(values[similarity].to_numpy(float))) for similarity in SIMILARITIES]
            undefined = int(values["spearman_abs"].isna().sum())
            rows.append([int(step) if not name else "", name or values["layer"].iloc[0], *means, undefined])
    pairs = count(int(table[["split", "scan", "draw"]].drop_duplicates().shape[0]), "pair")
    return Table(f"{method}, {experiment}: means over {pairs} of scan and draw", columns, rows, frozenset(columns[2:]))
