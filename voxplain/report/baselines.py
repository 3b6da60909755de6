"""The section on baselines: every model of an experiment in one picture, and which of them the network beats."""

import numpy as np

from voxplain.report import tabular
from voxplain.report.blocks import Figure, Fold, Heading, Section, Table, Text
from voxplain.report.chance import chance
from voxplain.report.points import estimates
from voxplain.report.sentences import article, count, interval, listing, measure_name, model_name, number

READING = (
    "Blue is the network, grey all that is held against it: confounds, kernels on voxels, tables of features; the dot "
    "is the mean over splits on held-out scans, the line its 95 % bootstrap interval over subjects.",
    "Intervals that overlap say little, since the same scans are easy for all: beaten is a model where the interval of "
    "the paired difference, on the same resamples of subjects, lies wholly on the network's side.",
)
KINDS = {"network": "network", "confound": "confound", "voxels": "voxels", "tabular": "table"}
BEATEN = {"yes": "beaten", "no": "better than the network", "undecided": "not told apart", "undefined": "undefined"}


def section(results):
    """The section, from ``models.tsv`` of each experiment; None where the stage left nothing."""
    tables = {name: results.table(f"predict/{name}/models.tsv") for name in results.experiments}
    tables = {name: table for name, table in tables.items() if table is not None and len(table)}
    panels, marked, texts, blocks = {}, {}, [], []
    for experiment, table in tables.items():
        main = table["measure"].iloc[0]
        title = f"{experiment}: {measure_name(main)}"
        rows = table[(table["measure"] == main) & np.isfinite(table["value"])]
        if len(rows):
            panels[title] = [
                (model_name(row.model), row.value, row.low, row.high, [], int(row.kind != "network"))
                for row in rows.itertuples()
            ]
            scores = results.table(f"predict/{experiment}/scores.tsv")
            marked[title] = None if scores is None else chance(scores, main)
        said = sentences(experiment, table)
        texts += said
        blocks += [Heading(f"Baselines of {experiment}"), Text(" ".join(said))]
        if missing := absent(table):
            blocks.append(Text(missing, "missing"))
        folded = [_table(experiment, table, measure) for measure in table["measure"].unique()]
        blocks.append(Fold(f"Every model of {experiment}", folded))
    first, of_tables = tabular.blocks(results)
    blocks += [*of_tables[:1], *([first] if first else []), *of_tables[1:]]
    if not blocks:
        return None
    shares = {title for title, level in marked.items() if level}
    drawn = estimates(panels, "score of held-out scans", " ".join(texts), marked, shares) if panels else None
    return Section("baselines", "Baselines", READING, Figure(drawn) if drawn else None, blocks)


def sentences(experiment, table):
    """Which baselines the network beats, which it cannot be told apart from, which do better; and who does best."""
    rows = table[table["measure"] == table["measure"].iloc[0]].set_index("model")
    main, others = measure_name(table["measure"].iloc[0]), rows[rows["kind"] != "network"]
    told = others[others["network_better"].isin(["yes", "no", "undecided"])]
    own = rows.loc["network"]
    if not np.isfinite(own["value"]) or told.empty:
        return [f"{experiment}: there is no baseline to hold the network against, or it predicted nothing."]
    beaten, level, above = (told[told["network_better"] == one] for one in ("yes", "undecided", "no"))
    said = [
        f"In experiment {experiment}, the network reaches {article(main)} of "
        f"{interval(own['value'], own['low'], own['high'])} and beats {_some(beaten, len(told))}."
    ]
    if len(level):
        said.append(f"It cannot be told apart from {listing(_beside(row) for row in level.itertuples())}.")
    if len(above):
        said.append(f"Better than the network: {listing(_beside(row) for row in above.itertuples())}.")
    if len(level) or len(above):
        said.append("What it does not beat, it need not have gone beyond.")
    if sizes := [
        model_name(row.Index) for row in [*level.itertuples(), *above.itertuples()] if "label is" in _note(row)
    ]:
        said.append(f"Of these {listing(sizes)} may itself be what the label is about.")
    return said


def absent(table):
    """A sentence on the baselines that there are none of, and why."""
    rows = table[(table["measure"] == table["measure"].iloc[0]) & (table["kind"] != "network")]
    rows = rows[~np.isfinite(rows["value"])]
    parts = [f"{model_name(row.model)}: {_note(row) or 'no split could be fitted'}" for row in rows.itertuples()]
    return f"Not there: {'; '.join(parts)}." if parts else ""


def _some(rows, of):
    if rows.empty:
        return f"none of {count(of, 'baseline')}"
    names = listing(model_name(one) for one in rows.index)
    return f"{len(rows)} of {count(of, 'baseline')}: {names}"


def _beside(row):
    between = f"{number(row.network_minus)}, 95 % interval {number(row.network_minus_low)} to "
    return f"{model_name(row.Index)} (network minus it {between}{number(row.network_minus_high)})"


def _table(experiment, table, measure):
    columns = ["Model", "Kind", "Value (sd)", "95 % interval", "Scans", "Network minus it", "", "Best minus it", "Note"]
    rows = [
        [
            model_name(row.model),
            KINDS.get(row.kind, row.kind),
            number(row.value) + (f" ({number(row.sd)})" if np.isfinite(row.sd) else ""),
            f"{number(row.low)} to {number(row.high)}" if np.isfinite(row.low) else "",
            f"{row.n:.0f}",
            _spread(row.network_minus, row.network_minus_low, row.network_minus_high),
            "" if row.kind == "network" else BEATEN.get(row.network_better, ""),
            "the best" if row.best == "yes" else _spread(row.best_minus, row.best_minus_low, row.best_minus_high),
            _note(row),
        ]
        for row in table[table["measure"] == measure].itertuples()
    ]
    caption = f"Models of {experiment} by {measure_name(measure)}, paired differences with 95 % intervals"
    return Table(caption, columns, rows, frozenset(columns[2:6]) | {columns[7]})


def _spread(value, low, high):
    if not np.isfinite(value):
        return ""
    return f"{number(value)} ({number(low)} to {number(high)})" if np.isfinite(low) else number(value)


def _note(row):
    return row.note if isinstance(row.note, str) else ""
