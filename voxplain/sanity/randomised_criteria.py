"""Whether a method's maps depend on what was learned: what the tables of randomised weights and labels come to."""

import math

import numpy as np

from voxplain.sanity.criteria import (
    CRITERIA,
    SIMILARITIES,
    criterion,
    not_tested,
    over_subjects,
    spoken,
    stays_below,
)

LEVELS = (2.5, 97.5)
IMAGES = {"input": "the input", "edges": "the edges of the input"}
SHOWN = {"input": "shows the input, not evidence", "edges": "shows edges, not evidence"}


def model_criteria(table, verdict, resamples, seed):
    """Rows of ``model_randomisation``, ``top_layers`` and ``input``, from ``randomisation.tsv`` or None."""
    names = "model_randomisation", "top_layers", "input"
    if table is None or table.empty:
        return [not_tested(name) for name in names]
    cascade = table[(table["kind"] == "cascade") & (table["step"] > 0)]
    asked = verdict, resamples, seed
    if cascade.empty:
        rows = [not_tested(name) for name in names[:2]]
    else:
        last = cascade["step"].max()
        top = math.ceil(verdict["top_layers"] * last)
        words = f"the top {top} of {last} layers" if top < last else f"all {last} layers"
        null = table[table["kind"] == "unrelated"]
        rows = [
            _against_null("model_randomisation", cascade[cascade["step"] == last], null, "every layer random", *asked),
            _top_layers(cascade[cascade["step"] == top], words, *asked),
        ]
    images = {kind: table[table["kind"] == kind] for kind in IMAGES}
    images = {kind: rows for kind, rows in images.items() if len(rows)}
    return [*rows, _input(images, *asked) if images else not_tested("input")]


def data_criterion(table, verdict, resamples, seed):
    """The row of ``data_randomisation``, from ``data_randomisation.tsv`` or None."""
    if table is None or not (table["kind"] == "permuted").any():
        return not_tested("data_randomisation")
    permuted, null = (table[table["kind"] == kind] for kind in ("permuted", "unrelated"))
    return _against_null("data_randomisation", permuted, null, "labels permuted", verdict, resamples, seed)


def _against_null(name, rows, null, how, verdict, resamples, seed):
    column, measure = verdict["similarity"], SIMILARITIES[verdict["similarity"]]
    if row := _undefined(name, rows, null, verdict):
        return row
    value, low, high = over_subjects(rows, column, verdict["fewest"], resamples, seed)
    others = null[column].dropna().to_numpy(float)
    middle, (null_low, null_high) = others.mean(), np.percentile(others, LEVELS)
    # unrelated maps that happen to run against each other do not make a likeness of zero a high one
    limit = float(max(null_high, 0) + verdict["margin"])
    outcome = stays_below(low, high, limit)
    numbers = f"{measure} {spoken(value, low, high)} with {how}; null {spoken(middle, null_low, null_high)}"
    why = {
        "passed": f"changes under {CRITERIA[name]} ({numbers})",
        "failed": f"hardly changes under {CRITERIA[name]} ({numbers})",
        "undecided": f"may or may not change under {CRITERIA[name]} ({numbers})",
    }
    about = {"value": value, "low": low, "high": high, "threshold": limit}
    nulls = {"null": middle, "null_low": null_low, "null_high": null_high}
    return criterion(name, outcome, why[outcome], **about, **nulls)


def _top_layers(rows, words, verdict, resamples, seed):
    if row := _undefined("top_layers", rows, None, verdict):
        return row
    why = {
        "passed": f"changes once {words} are random ({{}})",
        "failed": f"unchanged by randomising {words} ({{}})",
        "undecided": f"may or may not change once {words} are random ({{}})",
    }
    found = over_subjects(rows, verdict["similarity"], verdict["fewest"], resamples, seed)
    return _against_bound("top_layers", found, why, verdict)


def _input(images, verdict, resamples, seed):
    found = {
        kind: over_subjects(rows, verdict["similarity"], verdict["fewest"], resamples, seed)
        for kind, rows in images.items()
        if rows[verdict["similarity"]].isna().mean() <= verdict["undefined"]
    }
    if not found:
        return _undefined("input", next(iter(images.values())), None, verdict)
    kind = max(found, key=lambda one: found[one][0])
    why = {
        "passed": f"is more than {IMAGES[kind]} ({{}})",
        "failed": f"resembles {IMAGES[kind]} ({{}}): {SHOWN[kind]}",
        "undecided": f"may or may not be more than {IMAGES[kind]} ({{}})",
    }
    return _against_bound("input", found[kind], why, verdict)


def _against_bound(name, found, why, verdict):
    """The row of a likeness ``found`` (value, low, high) that has to lie below the fixed bound, see docs/checks."""
    value, low, high = found
    limit = math.sqrt(verdict["shared"])
    outcome = stays_below(low, high, limit)
    said = why[outcome].format(f"{SIMILARITIES[verdict['similarity']]} {spoken(value, low, high)}")
    return criterion(name, outcome, said, value=value, low=low, high=high, threshold=limit)


def _undefined(name, rows, null, verdict):
    """The row of a criterion whose comparisons, or whose null's, are mostly undefined; None where they are not."""
    for what, some in (("comparisons of maps", rows), ("comparisons of unrelated networks", null)):
        if some is None:
            continue
        share = some[verdict["similarity"]].isna().mean() if len(some) else 1.0
        if not len(some) or share > verdict["undefined"] or share == 1:
            why = f"{share:.0%} of the {what} are undefined (a constant map)" if len(some) else f"there are no {what}"
            return criterion(name, "undefined", f"{CRITERIA[name]} is undefined: {why}")
    return None
