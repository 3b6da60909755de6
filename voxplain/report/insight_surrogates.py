"""Simple models beside the networks that they were fitted to: how well they foretell answers, and what they go by."""

import json

import numpy as np

from voxplain.report.answers_inside import answer_unit, left_out_blocks
from voxplain.report.blocks import Code, Figure, Fold, Table, Text
from voxplain.report.points import estimates
from voxplain.report.sentences import count, interval, listing, number, percent

CONSTANT = "constant"
NAMES = {
    "linear": "sparse line",
    "logistic": "sparse logistic regression",
    "tree": "shallow tree",
    CONSTANT: "constant",
}
READING = (
    "Points far to the right are good: a model that a person can read foretells what the network says of scans that "
    "neither was fitted on, better than one answer for all (grey). It is faithful to the network, not to the truth."
)
MOST_FEATURES = 12
LOWEST = -1.0  # that is drawn


def blocks(results):
    """How faithful each kind of model is, the first experiment's picture apart; what it goes by; folded tables."""
    first, found = None, []
    for experiment in results.experiments:
        fidelity = results.table(f"insight/{experiment}/surrogates_fidelity.tsv")
        if fidelity is None:
            continue
        folder = results.folder / "insight" / experiment
        told = json.loads((folder / "surrogates.json").read_text())
        of_experiment = left_out_blocks(experiment, told)
        if len(fidelity):
            picture, others = _of_models(results, experiment, fidelity, told["models"])
            of_experiment = [*([picture] if first else []), *others, *of_experiment]
            first = first or picture
        found += of_experiment
    return first, [Text(READING), *found] if found else []


def fidelity_sentence(experiment, whole, sizes):
    """How well models foretell the network, of the rows over all splits, the answers' mean over outputs.

    sizes: ``{kind: [number of features or of questions, one for each network]}``.
    """
    parts = []
    for kind in [one for one in NAMES if one != CONSTANT and one in set(whole["surrogate"])]:
        rows = whole[(whole["surrogate"] == kind) & (whole["measure"] == "r2")]
        shares = rows[["value", "low", "high"]].astype(float).mean().tolist()
        parts.append(f"a {NAMES[kind]} ({_size(kind, sizes[kind])}) with an R² of {interval(*shares)}")
    text = f"{experiment}: the network's answers to held-out scans are foretold by {listing(parts)}."
    agreement = whole[whole["measure"] == "agreement"].set_index("surrogate")["value"].astype(float)
    if agreement.empty:
        return text
    same = listing(f"{percent(agreement[kind])} by the {NAMES[kind]}" for kind in agreement.index if kind != CONSTANT)
    chance = percent(agreement[CONSTANT]) if CONSTANT in agreement else "an undefined share"
    return f"{text} Of its classes, {same} are foretold, {chance} by saying the same of everybody."


def _of_models(results, experiment, fidelity, models):
    whole = fidelity[fidelity["split"] == "all"]
    panels = {}
    for (measure, output), rows in fidelity.groupby(["measure", "output"], sort=False, dropna=False):
        title = {
            "r2": "R²",
            "agreement": "Share of scans given the class that the network gives",
            "roc_auc": "ROC AUC",
        }.get(measure, measure)
        several = measure == "r2" and fidelity.loc[fidelity["measure"] == "r2", "output"].nunique() > 1
        title += f", class {results.class_name(output, experiment)}" if several else ""
        panels[title] = [_row(kind, part) for kind, part in rows.groupby("surrogate", sort=False)]
    sizes = {kind: [_chosen(one) for one in models if one["surrogate"] == kind] for kind in NAMES}
    said = fidelity_sentence(experiment, whole, sizes)
    caption = f"Experiment {experiment}{', made scans' if results.made else ''}: simple models of its networks."
    caption += f" Below {LOWEST:.0f} is drawn at {LOWEST:.0f}." if (whole["low"].astype(float) < LOWEST).any() else ""
    picture = Figure(estimates(panels, "fidelity on held-out scans", said), caption)
    terms = results.table(f"insight/{experiment}/surrogates_terms.tsv")
    networks = len({(one["split"], one["seed"]) for one in models})
    return picture, [
        Text(said),
        *_features(results, experiment, terms, networks),
        _folded(experiment, terms, whole, models),
    ]


def _row(kind, part):
    whole = part[part["split"] == "all"].iloc[0]
    # an R² far below 0 would leave the others no room
    values = whole[["value", "low", "high"]].astype(float).clip(lower=LOWEST)
    singles = part.loc[part["split"] != "all", "value"].astype(float).dropna().clip(lower=LOWEST).tolist()
    return NAMES.get(kind, kind), *values, singles, int(kind == CONSTANT)


def _features(results, experiment, terms, networks):
    """What the line goes by, feature by feature, over all networks; nothing where it goes by none."""
    line = terms[(terms["surrogate"] == "linear") & (terms["feature"] != "intercept")]
    if line.empty:
        return []
    panels, texts = {}, []
    for output, rows in line.groupby("output"):
        weights = {feature: part["weight"].astype(float).tolist() for feature, part in rows.groupby("feature")}
        mean = {feature: sum(values) / networks for feature, values in weights.items()}
        shown = sorted(mean, key=lambda feature: -abs(mean[feature]))[:MOST_FEATURES]
        several = f", class {results.class_name(output, experiment)}" if line["output"].nunique() > 1 else ""
        title = f"What the line adds for a standard deviation of the feature{several}"
        panels[title] = [(feature, mean[feature], np.nan, np.nan, weights[feature], 0) for feature in shown]
        most = listing(f"{feature} ({number(mean[feature])}, in {len(weights[feature])})" for feature in shown[:3])
        of_all = count(networks, "network")
        texts.append(f"{experiment}{several}: over {of_all} the line goes by {count(len(mean), 'feature')}: {most}.")
    label = f"{answer_unit(results, experiment)}; ticks: single networks; one without the feature counts as 0"
    picture = estimates(panels, label, " ".join(texts), 0.0)
    return [Figure(picture, f"Experiment {experiment}: features that the sparse line keeps."), *map(Text, texts)]


def _folded(experiment, terms, whole, models):
    columns = ["Model", "Measure", "Output", "Value", "95 % from", "to", "More than the constant", "Scans", "Note"]
    rows = [
        [NAMES.get(row.surrogate, row.surrogate), row.measure, _output(row.output)]
        + [number(float(value)) for value in (row.value, row.low, row.high)]
        + ["" if row.surrogate == CONSTANT else number(float(row.over_constant)), int(row.n), row.reason]
        for row in whole.fillna({"reason": ""}).itertuples()
    ]
    tables = [Table(f"How faithful simple models of {experiment} are", columns, rows, frozenset(columns[3:8]))]
    columns = ["Split", "Seed", "Model", "Output", "Feature", "Weight or share"]
    rows = [
        [row.split, int(row.seed), NAMES.get(row.surrogate, row.surrogate), int(row.output), row.feature]
        + [number(float(row.weight), 3)]
        for row in terms.itertuples()
    ]
    tables.append(Table(f"What each model of {experiment} goes by", columns, rows, frozenset(columns[5:])))
    tables += [Code(f"Tree of {one['split']}, seed {one['seed']}", one["text"]) for one in models if one["text"]]
    return Fold(f"Simple models of {experiment}, one by one", tables)


def _output(value):
    return "" if value != value or value == "" else str(int(float(value)))


def _chosen(one):
    return one["chosen"].get("features", one["chosen"].get("depth"))


def _size(kind, sizes):
    low, high = min(sizes), max(sizes)
    span = str(low) if low == high else f"{low} to {high}"
    what = ("question" if kind == "tree" else "feature") + ("" if (low, high) == (1, 1) else "s")
    return f"at most {span} {what} of each scan" if kind == "tree" else f"{span} {what}"
