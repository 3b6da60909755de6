"""Whether maps find what was planted: localisation of every method beside maps that know nothing of the labels."""

import numpy as np

from voxplain.report.blocks import Figure, Fold, Table, Text
from voxplain.report.points import estimates
from voxplain.report.sentences import localisation, number

FLAG = "These are numbers about made data, whose truth is known; they say nothing about maps of real heads."
MAPS = {
    "untrained": "untrained network",
    "random": "random map as smooth",
    "mask": "brain mask",
    "mean_t1": "mean T1",
    "edges": "edges of the mean T1",
}


def blocks(results):
    """The picture of localisation and, apart from it, sentences and tables; without a picture, a sentence why."""
    tables = _localisation_tables(results)
    if not tables:
        why = "was not scored" if results.made else "cannot be scored, because the truth of a real cohort is not known"
        return None, [Text(f"Localisation {why}.", "missing")]
    panels, texts, found = {}, [], []
    for experiment, table in tables.items():
        panels[f"Experiment {experiment}"] = _rows(table)
        methods = table.loc[table["kind"] == "method", "method"]
        sentences = [f"{experiment}, {located(results, experiment, method)}" for method in methods]
        texts += sentences
        found += [Text(sentence) for sentence in sentences]
        found.append(Fold(f"Localisation table of {experiment}", [_table(experiment, table)]))
    picture = estimates(panels, "localisation AUC inside the brain", " ".join(texts), 0.5)
    return Figure(picture, FLAG), [Text(FLAG, "note"), *found]


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


def _localisation_tables(results):
    tables = {name: results.table(f"sanity/{name}/localisation.tsv") for name in results.experiments}
    return {name: table for name, table in tables.items() if table is not None and len(table)}


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
