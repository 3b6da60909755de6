"""What all checks say of each method: a mark for every criterion, and one plain sentence for every method."""

import numpy as np

from voxplain.report.blocks import Figure, Fold, Table, Text
from voxplain.report.figures import COLOURS, drawing, panels, style
from voxplain.report.marks import marks
from voxplain.report.sentences import count, interval, listing, number
from voxplain.sanity.criteria import CRITERIA
from voxplain.sanity.passed_criteria import FEWEST, passed_beside_localisation, rank_correlation
from voxplain.sanity.verdict import CONTRADICTED, NOT_CONTRADICTED, NOT_ENOUGH

READING = (
    "A cross is a check that contradicts a method's maps, a filled dot one that does not; hollow dots are checks that "
    "too few scans left undecided, dashes those that were not made.",
    "A map that nothing contradicts is not thereby true: no check can show that, and one cross is not outweighed by "
    "dots.",
)
MADE = (
    "These verdicts are on maps of made scans; they say nothing about maps of real heads, whose study is judged anew. "
    "Localisation stands beside them and decides none: a network may rightly look elsewhere than where something was "
    "planted."
)
ORDER = (CONTRADICTED, NOT_ENOUGH, NOT_CONTRADICTED)
# Beyond so many methods their names would lie over one another
MOST_NAMED = 12


def blocks(results):
    """The picture of all criteria and, apart from it, each method's sentence and the tables behind."""
    judged, grids, found = _tables(results), {}, []
    if not judged:
        return None, [Text("No method was judged.", "missing")]
    for experiment, (criteria, verdicts) in judged.items():
        grids[f"Experiment {experiment}"] = {
            method: dict(zip(rows["criterion"], rows["outcome"], strict=True))
            for method, rows in criteria.groupby("method", sort=False)
        }
        found += [Text(f"{experiment}, {sentence}") for sentence in verdicts["sentence"]]
        found.append(Fold(f"Every criterion of {experiment}", [_table(experiment, criteria)]))
    seen = set().union(*(criteria["criterion"] for criteria, _ in judged.values()))
    columns = {name: told for name, told in CRITERIA.items() if name in seen}
    alt = " ".join(summary(experiment, verdicts) for experiment, (_, verdicts) in judged.items())
    picture = Figure(marks(grids, columns, alt), MADE if results.made else "")
    return picture, [*([Text(MADE, "note")] if results.made else []), *found, *_beside_localisation(results, judged)]


def summary(experiment, verdicts):
    """Which methods of an experiment came out how, in one sentence."""
    groups = {verdict: list(rows["method"]) for verdict, rows in verdicts.groupby("verdict")}
    parts = [f"{len(groups[one])} {one} ({listing(groups[one])})" for one in ORDER if one in groups]
    return f"Checks of maps in experiment {experiment}: {', '.join(parts)}."


def summaries(results):
    """The sentence of every experiment whose methods were judged."""
    return [summary(experiment, verdicts) for experiment, (_, verdicts) in _tables(results).items()]


def _tables(results):
    found = {}
    for name in results.experiments:
        criteria, verdicts = (results.table(f"sanity/{name}/{table}.tsv") for table in ("criteria", "verdicts"))
        if criteria is not None and verdicts is not None and len(verdicts):
            # the outcome undefined is a word here, and was read as a number that is missing
            found[name] = criteria.assign(outcome=criteria["outcome"].fillna("undefined")), verdicts
    return found


def _table(experiment, criteria):
    columns = ["Method", "Criterion", "Outcome", "Value", "95 % interval", "Null", "Threshold", "In words"]
    rows = [
        [row.method, CRITERIA.get(row.criterion, row.criterion), row.outcome, _told(row.value)]
        + [_span(row.low, row.high), _null(row), _told(row.threshold), row.why]
        for row in criteria.itertuples()
    ]
    return Table(f"Criteria of {experiment}", columns, rows, frozenset(columns[3:7]))


def _told(value):
    return number(value) if np.isfinite(value) else ""


def _span(low, high):
    return f"{number(low)} to {number(high)}" if np.isfinite([low, high]).all() else ""


def _null(row):
    span = _span(row.null_low, row.null_high)
    return f"{number(row.null)} ({span})" if span else ""


def _beside_localisation(results, judged):
    """Of made cohorts: whether methods that pass more criteria find what was planted, without any target."""
    if not results.planted:
        return []
    drawn, texts, sanity = {}, [], results.settings.get("sanity", {})
    for experiment, (criteria, _) in judged.items():
        localisation = results.table(f"sanity/{experiment}/localisation.tsv")
        if localisation is None or localisation.empty:
            continue
        table = passed_beside_localisation(criteria, localisation)
        seed = [sanity.get("seed", 1)]
        values = rank_correlation(table["passed"], table["auc"], sanity.get("bootstrap", 500), seed)
        drawn[f"Experiment {experiment}"] = table
        texts.append(passed_sentence(experiment, values, int(table["auc"].notna().sum())))
    if not drawn:
        return []
    return [*(Text(text) for text in texts), Figure(_scatter(drawn, " ".join(texts)), MADE)]


def passed_sentence(experiment, values, methods):
    """How the number of criteria passed goes with localisation, over methods: ``values`` are (rho, low, high)."""
    what = f"{experiment}: the number of criteria passed, localisation not among them, and localisation AUC"
    if np.isfinite(values[0]):
        return f"{what} have a rank correlation of {interval(*values)} over {count(methods, 'method')}."
    why = f"fewer than {FEWEST} methods have both" if methods < FEWEST else "all pass the same number"
    return f"{what} have no rank correlation, because {why} ({count(methods, 'method')})."


def _scatter(tables, alt):
    with style():
        canvas, axes = panels(1, len(tables), 8.2, 3.2, sharey=True)
        for axis, (title, table) in zip(axes[0], tables.items(), strict=True):
            known = table.dropna(subset="auc")
            axis.plot(known["passed"], known["auc"], "o", color=COLOURS[0], markersize=7, alpha=0.8)
            if len(known) <= MOST_NAMED:
                for row in known.itertuples():
                    axis.annotate(row.method, (row.passed, row.auc), (5, 3), textcoords="offset points", fontsize=8)
            most = int(table["decided"].max())
            axis.set_xlim(-0.5, most + 1)
            axis.set_xticks(range(most + 1))
            axis.set_xlabel("criteria passed")
            axis.set_title(title, loc="left")
        axes[0, 0].set_ylabel("localisation AUC")
        return drawing(canvas, alt)
