"""Whether maps find what was planted: localisation of every method beside maps that know nothing of the labels."""

import numpy as np

from voxplain.relevance.bootstrap import ends, mean_over, resampled_means
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
EFFECTS = {"region": "regional effect", "scale": "larger brain", "outside": "fat and skull outside the brain"}
MEASURES = {
    "auc": "ROC AUC",
    "average_precision": "average precision",
    "mass": "mass on the effect",
    "rank_accuracy": "rank accuracy",
    "pointing": "pointing game",
}
RESAMPLES, SEED = 500, 1


def blocks(results):
    """The picture of localisation and, apart from it, sentences and tables; without a picture, a sentence why."""
    tables = _tables(results)
    if not any(len(table) for table in tables.values()):
        why = "was not scored" if results.made else "cannot be scored, because the truth of a real cohort is not known"
        return None, [Text(f"Localisation {why}.", "missing"), *_nothing_planted(tables)]
    panels, texts, folds = {}, [], []
    for experiment, effect, table in _effects(tables):
        panels |= effect_rows({experiment: table})
        texts += located_sentences({experiment: table})
        folds.append(_measures(experiment, effect, table))
    picture = Figure(estimates(panels, "localisation AUC", " ".join(texts), 0.5), FLAG)
    found = [Text(FLAG, "note"), *(Text(text) for text in texts), *_nothing_planted(tables)]
    return picture, [*found, *_single_subjects(results, tables), *folds]


def effect_rows(tables):
    """``{title: rows of a picture of estimates}``, a panel an effect, from ``{experiment: localisation.tsv}``."""
    return {
        _title(name, effect): rows_of_maps(same[same["measure"] == "auc"]) for name, effect, same in _effects(tables)
    }


def located_sentences(tables):
    """A sentence for each effect and method of ``{experiment: localisation.tsv}``: how well its group map finds it."""
    return [
        f"{_about(name, effect)}, {_located(same, method)}"
        for name, effect, same in _effects(tables)
        for method in same.loc[same["kind"] == "method", "method"].unique()
    ]


def best_method(results):
    """(experiment, row) of the method whose group map finds the regional effect best, or None where none was scored."""
    rows = []
    for experiment, effect, table in _effects(_tables(results)):
        chosen = (table["kind"] == "method") & (table["measure"] == "auc") & table["value"].notna()
        rows += [(experiment, row) for row in table[chosen].itertuples() if effect == "region"]
    return max(rows, key=lambda found: found[1].value, default=None)


def located(results, experiment, method):
    """The sentence on how well the group map of ``method`` finds the regional effect."""
    table = _tables(results)[experiment]
    return _located(table[table["effect"] == "region"], method)


def planted(table):
    """The rows of a table of localisation that are about what was planted, and not about anatomy that is expected."""
    return table[table["effect"].isin(EFFECTS)]


def map_name(name):
    """A map that knows nothing of the labels, in the reader's words."""
    return MAPS.get(name, str(name).replace("_", " "))


def _tables(results):
    tables = {name: results.table(f"sanity/{name}/localisation.tsv") for name in results.experiments}
    return {name: planted(table) for name, table in tables.items() if table is not None}


def _effects(tables):
    for experiment, table in tables.items():
        for effect, same in table.groupby("effect", sort=False):
            yield experiment, effect, same


def _located(table, method):
    table = table[(table["method"] == method) & (table["measure"] == "auc")]
    own, others = table[table["kind"] == "method"].iloc[0], table[table["kind"] != "method"]
    references = {
        map_name(row.map): (row.difference, row.difference_low, row.difference_high) for row in others.itertuples()
    }
    return localisation(method, (own["value"], own["low"], own["high"]), references)


def _about(experiment, effect):
    return experiment if effect == "region" else f"{experiment}, {EFFECTS.get(effect, effect)}"


def _title(experiment, effect):
    return f"Experiment {experiment}: {EFFECTS.get(effect, effect)}"


def _nothing_planted(tables):
    why = "holds no planted effect whose truth was rendered between the classes that it tells; nothing is scored"
    return [Text(f"Experiment {name} {why}.", "missing") for name, table in tables.items() if not len(table)]


def rows_of_maps(table):
    """Rows of a picture of estimates, from the rows of one effect and one measure of ``localisation.tsv``."""
    rows = [(row.method, row.value, row.low, row.high, [], 0) for row in table[table["kind"] == "method"].itertuples()]
    for name, same in table[table["kind"] != "method"].groupby("map", sort=False):
        one = same["value"].nunique() <= 1
        for row in same.head(1 if one else None).itertuples():
            shown = map_name(name) if one else f"{map_name(name)} ({row.method})"
            rows.append((shown, row.value, row.low, row.high, [], 1))
    return rows


def _single_subjects(results, tables):
    """A picture of how well single subjects' maps find the effects, each subject a stroke."""
    panels, texts = {}, []
    for experiment in tables:
        found = results.table(f"sanity/{experiment}/localisation_by_subject.tsv")
        if found is None or not len(planted(found)):
            continue
        found = planted(found)
        for effect, table in found[found["measure"] == "auc"].groupby("effect", sort=False):
            rows = []
            for method, same in table.groupby("method", sort=False):
                values, untrained = (same[name].to_numpy(float) for name in ("value", "untrained"))
                rows += [(method, *mean_of_subjects(values), known_values(values), 0)]
                rows += [(f"untrained network ({method})", *mean_of_subjects(untrained), known_values(untrained), 1)]
                texts.append(
                    f"{_about(experiment, effect)}, {method}: mean over subjects {number(mean_of_subjects(values)[0])}."
                )
            panels[_title(experiment, effect)] = rows
    if not panels:
        return []
    caption = "Maps of single subjects: each stroke is one, the dot their mean with its 95 % interval."
    return [Figure(estimates(panels, "localisation AUC of single subjects", " ".join(texts), 0.5), caption)]


def mean_of_subjects(values):
    """(mean, low, high) of the values (n,) of subjects, the 95 % interval over resamples of them."""
    values = values[:, None]
    low, high = ends(resampled_means(values, RESAMPLES, SEED), int(np.isfinite(values).sum()))
    return float(mean_over(values)[0]), float(low[0]), float(high[0])


def known_values(values):
    """Those of ``values`` (n,) that are numbers."""
    return values[np.isfinite(values)]


def _measures(experiment, effect, table):
    """What else is measured of group maps: a picture with a panel a measure, and the table of all."""
    panels = {MEASURES[measure]: rows_of_maps(same) for measure, same in table.groupby("measure", sort=False)}
    first = table.drop_duplicates("measure").set_index("measure")["chance"]
    chance = {MEASURES[measure]: float(value) for measure, value in first.items() if np.isfinite(value)}
    own = table[table["kind"] == "method"].groupby("method", sort=False)
    told = ("; ".join(f"{MEASURES[row.measure]} {number(row.value)}" for row in same.itertuples()) for _, same in own)
    alt = " ".join(f"{method}: {words}." for (method, _), words in zip(own, told, strict=True))
    title = f"Localisation in {experiment}: {EFFECTS.get(effect, effect)}, made data"
    caption = f"{_title(experiment, effect)}, made data. Dashed: what voxels in a random order reach."
    picture = Figure(estimates(panels, "share of the best that there is", alt, chance), caption)
    return Fold(f"Every measure of {_about(experiment, effect)}", [picture, measures_table(title, table)])


def measures_table(title, table):
    """The `Table` of every measure of each method and of the maps beside it, from rows of one effect."""
    columns = ["Method", "Map", "Subjects", *MEASURES.values(), "Method minus map, AUC", "95 % interval"]
    rows = []
    for (method, name), same in table.groupby(["method", "map"], sort=False):
        by_measure = same.set_index("measure")
        auc = by_measure.loc["auc"]
        own = auc["kind"] == "method"
        values = [number(by_measure.loc[measure, "value"]) for measure in MEASURES]
        span = "" if own else _span(auc["difference_low"], auc["difference_high"])
        minus = "" if own else number(auc["difference"])
        rows.append([method, "its own" if own else map_name(name), int(auc["subjects"]), *values, minus, span])
    return Table(title, columns, rows, frozenset(columns[2:]))


def _span(low, high):
    return f"{number(low)} to {number(high)}" if np.isfinite(low) and np.isfinite(high) else "undefined"
