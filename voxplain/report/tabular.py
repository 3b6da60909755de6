"""Models of measures and covariates in the report: what they go by, how other folds score them, what was tried."""

import math

import numpy as np
import pandas

from voxplain.report.as_written import as_written, cell
from voxplain.report.blocks import Figure, Fold, Heading, Table, Text
from voxplain.report.points import bars
from voxplain.report.sentences import article, count, interval, listing, measure_name, model_name, number
from voxplain.report.sweeps import sweep

FEW, MANY = 20, 50
ROWS = 100
KINDS = {
    "gain": "gain of its splits, over the largest",
    "impurity": "impurity that its splits take away, over the largest",
    "coefficient": "size of its coefficient, over the largest",
    "permutation": "score lost when it is dealt out anew, over the largest",
}
PROTOCOLS = {"folds": "the study's folds", "leave_one_out": "leave-one-out"}
WORDS = {"missing": "Scans without", "what": "", "fits": "Models fitted", "q": "q", "r": "r"}


def blocks(results):
    """The first figure of what models of tables go by, or None, and the blocks of all of them."""
    asked = results.settings.get("baselines", {}).get("tabular", {})
    first, found = None, []
    for experiment, name in ((one, name) for one in results.experiments for name in asked):
        if results.label(experiment) not in asked[name]["labels"]:
            continue
        tables = {
            part: results.table(f"predict/{experiment}/tabular/{name}_{part}.tsv")
            for part in ("scores", "grid", "importances", "features", "correlations")
        }
        if tables["scores"] is None:
            continue
        pictures, shown = _blocks(experiment, name, asked[name], tables)
        if first is None and pictures:
            first, pictures = pictures[0], pictures[1:]
        found += [Heading(f"{model_name(name)} in {experiment}"), *pictures, *shown]
    return first, found


def protocols(experiment, name, scores):
    """How well a model does by each protocol, in one sentence, by the measure that is told first."""
    whole = scores[scores["split"] == "all"]
    measure = _first_measure(scores)
    rows = whole[(whole["measure"] == measure) & np.isfinite(whole["value"])]
    if rows.empty:
        return f"In experiment {experiment}, {model_name(name)} predicted nothing."
    parts = listing(
        f"{interval(row.value, row.low, row.high)} by {protocol(row.protocol)} ({count(int(row.n), 'scan')}, "
        f"{count(int(row.fits), 'model')} fitted)"
        for row in rows.itertuples()
    )
    return f"In experiment {experiment}, {model_name(name)} reaches {article(measure_name(measure))} of {parts}."


def protocol(name):
    """A protocol in words: ``10-fold``, ``leave-one-out of the first 500``."""
    scheme, _, first = name.partition("_first")
    if scheme.startswith("kfold"):
        k, _, repeats = scheme.removeprefix("kfold").partition("x")
        scheme = f"{k}-fold" + (f", {repeats} times" if repeats else "")
    return PROTOCOLS.get(scheme, scheme) + (f" of the first {first}" if first else "")


def goes_by(name, kind, part, rows):
    """What a model goes by most, in one sentence."""
    top = rows[rows["relative"] > 0].head(3)
    whose = f"{model_name(name)}{f', {part}' if part else ''}"
    if top.empty:
        return f"{whose}: no feature is above 0 by {kind}."
    parts = listing(f"{row.feature} ({number(row.relative)})" for row in top.itertuples())
    return f"{whose} goes by {parts} first, of {count(len(rows), 'feature')} by {kind}."


def looked_after(features):
    """What became of columns and scans that are not simply used, in one sentence."""
    of = {what: features[features["what"] == what] for what in ("feature", "scan")}
    left, flagged = (of["feature"][of["feature"]["status"] == one] for one in ("left out", "flagged"))
    filled = of["feature"][(of["feature"]["missing"] > 0) & (of["feature"]["status"] != "left out")]
    parts = [f"{count(len(of['feature']) - len(left), 'feature')} used"]
    parts += [f"{count(len(left), 'column')} left out ({_some(left)})"] if len(left) else []
    parts += [f"{len(flagged)} to look at twice ({_some(flagged)})"] if len(flagged) else []
    parts += [f"{len(filled)} with missing values"] if len(filled) else []
    parts += [f"{count(len(of['scan']), 'scan')} left out without them"] if len(of["scan"]) else []
    return f"{listing(parts)}."


def _blocks(experiment, name, asked, tables):
    pictures, found = [], [Text(protocols(experiment, name, tables["scores"]))]
    importances, folded = tables["importances"], []
    if importances is not None and len(importances):
        part = importances["part"].astype(object)
        importances = importances.assign(part=part.where(part.notna(), "").astype(str))
        for (kind, part), rows in importances.groupby(["kind", "part"], sort=False):
            said = goes_by(name, kind, part, rows)
            whose = f"{model_name(name)} in {experiment}{f', {part}' if part else ''}, {kind}"
            found.append(Text(said))
            drawn = [_bars(rows.head(most), kind, said) for most in (FEW, MANY)]
            if drawn[0] is not None:
                pictures.append(Figure(drawn[0], f"What {whose} goes by: the first {min(FEW, len(rows))}"))
            if len(rows) > FEW and drawn[1] is not None:
                folded.append(Figure(drawn[1], f"{whose}: the first {min(MANY, len(rows))}"))
            folded.append(as_written(rows.head(ROWS), f"Importances of {whose}"))
    elif asked["importances"]:
        found.append(Text(f"{model_name(name)}: this model says nothing of single features.", "note"))
    grid = tables["grid"]
    if grid is not None and "chosen" in grid:
        drawn, said, table = _grid(experiment, name, grid, asked["choose_by"] or _first_measure(tables["scores"]))
        found.append(Text(said))
        pictures += [Figure(drawn, said)] if drawn is not None else []
        folded.append(table)
    found.append(Text(looked_after(tables["features"]), "note"))
    folded.append(_scores(experiment, name, tables["scores"]))
    folded.append(as_written(_shown(tables["features"]), f"Features of {model_name(name)} in {experiment}", WORDS))
    if tables["correlations"] is not None and len(tables["correlations"]):
        caption = f"Features of {model_name(name)} and {asked['correlate']}, over subjects"
        folded.append(as_written(tables["correlations"].head(ROWS), caption, WORDS))
    return pictures, [*found, Fold(f"All that {model_name(name)} in {experiment} left", folded)]


def _shown(features):
    """Columns that something became of first: of a thousand that are simply used, a hundred rows tell enough."""
    order = features["status"].map({"left out": 0, "flagged": 1}).fillna(2)
    return features.iloc[order.argsort(kind="stable")].head(ROWS)


def _some(rows):
    names = rows["name"].astype(str).head(3).tolist()
    return ", ".join(names) + (f" and {len(rows) - 3} more" if len(rows) > 3 else "")


def _bars(rows, kind, alt):
    amounts = {row.feature: row.relative for row in rows.itertuples() if math.isfinite(row.relative)}
    return bars(amounts, KINDS.get(kind, kind), alt) if amounts else None


def _grid(experiment, name, grid, measure):
    """A picture where one option of numbers was swept, a sentence of what was chosen, and every combination."""
    own = grid[grid["protocol"] == "folds"]
    options = [column for column in own if column not in ("protocol", "split", "part", "validation", "chosen")]
    mean = own.groupby(options, dropna=False, sort=False).agg(
        validation=("validation", "mean"), chosen=("chosen", "sum"), splits=("split", "nunique")
    )
    mean = mean.reset_index()
    picked = mean[mean["chosen"] > 0]
    parts = listing(
        f"{', '.join(f'{option} {cell(row[option])}' for option in options)} ({count(int(row['chosen']), 'time')})"
        for _, row in picked.sort_values("chosen", ascending=False, kind="stable").head(3).iterrows()
    )
    said = f"{model_name(name)} in {experiment}: of {count(len(mean), 'combination')}, most often chosen was {parts}."
    drawn = None
    if len(options) == 1 and pandas.api.types.is_numeric_dtype(mean[options[0]]) and len(mean) > 4:
        drawn = sweep(
            own.rename(columns={options[0]: "value"}), options[0], f"validation {measure_name(measure)}", said
        )
    return drawn, said, as_written(mean, f"Every combination of {model_name(name)}, means over splits")


def _first_measure(scores):
    return "balanced_accuracy" if "balanced_accuracy" in set(scores["measure"]) else "r2"


def _scores(experiment, name, scores):
    whole = scores[(scores["split"] == "all") & np.isfinite(scores["value"])]
    rows = [
        [
            protocol(row.protocol),
            measure_name(row.measure),
            number(row.value),
            number(row.sd),
            _between(row),
            int(row.n),
            int(row.fits),
        ]
        for row in whole.itertuples()
    ]
    columns = ["Folds", "Measure", "Mean over splits", "sd", "95 % interval", "Scans", "Models fitted"]
    return Table(f"Scores of {model_name(name)} in {experiment}", columns, rows, frozenset(columns[2:]))


def _between(row):
    return f"{number(row.low)} to {number(row.high)}" if math.isfinite(row.low) else ""
