"""Whether maps depend on the labels: those of twins that learnt permuted labels beside the true twin's."""

import numpy as np

from voxplain.report.blocks import Figure, Fold, Table, Text
from voxplain.report.points import estimates
from voxplain.report.randomisation import band, mean_of
from voxplain.report.sentences import interval, listing, number

READING = (
    "Blue points within the grey ones are good: maps of networks that learnt permuted labels by heart are then no "
    "more like the true network's than like each other."
)
WITHOUT = "No networks were trained on permuted labels, so it was not tested whether maps depend on the labels."


def blocks(results):
    """The first experiment's picture and, apart from it, the other pictures, sentences and tables."""
    # what an earlier run with other settings left is still there
    if not results.settings.get("sanity", {}).get("permutations"):
        return None, [Text(WITHOUT, "missing")]
    first, found = None, []
    for experiment in results.experiments:
        drawn, texts, rows = [], [], []
        for method in results.methods:
            table = results.table(f"sanity/{experiment}/{method}/data_randomisation.tsv")
            if table is None or table.empty:
                found.append(Text(f"{experiment}, {method}: no twins were explained.", "missing"))
                continue
            kinds = {kind: table.loc[table["kind"] == kind, "spearman_abs"] for kind in ("permuted", "unrelated")}
            values = {kind: values.to_numpy(float) for kind, values in kinds.items()}
            for role, (kind, name) in enumerate((("permuted", "true and permuted"), ("unrelated", "two permuted"))):
                drawn.append((f"{method}, {name}", mean_of(values[kind]), *band(values[kind]), [], role))
            texts += [_words(experiment, method, values), *_found(results, experiment, method)]
            rows += _rows(method, table)
        if drawn:
            text = " ".join(texts)
            picture = estimates({experiment: drawn}, "likeness of maps (Spearman, absolute)", text)
            found += [Figure(picture)] if first else []
            first = first or Figure(picture, f"Experiment {experiment}.")
            columns = ["Method", "Networks", "Measure", "Mean", "2.5 to 97.5 %", "Undefined"]
            shown = Table(f"Likeness of maps in {experiment}", columns, rows, frozenset(columns[3:]))
            found += [*map(Text, texts), Fold(f"Every measure of {experiment}", [shown])]
    return first, found


def _words(experiment, method, values):
    own, null = mean_of(values["permuted"]), band(values["unrelated"])
    where = f"{experiment}, {method}"
    if not np.isfinite(own):
        return f"{where}: undefined, because maps of the twins are constant."
    text = f"{where}: maps of networks that learnt permuted labels share {number(own)} with the true network's"
    if not np.isfinite(null[0]):
        return f"{text}; there are no two permuted networks to hold it against."
    beside = f"two of them share {number(null[0])} to {number(null[1])}"
    if own > null[1]:
        return f"{text}, more than {beside}: what was learned from the labels does not set them apart."
    return f"{text}, no more than networks of other labels do ({beside}): the map depends on the labels."


def _found(results, experiment, method):
    """Sentences on what the twins found of each planted effect; none where the truth is not known."""
    table = results.table(f"sanity/{experiment}/{method}/data_randomisation_localisation.tsv")
    texts = []
    for effect, rows in table.groupby("effect", sort=False) if table is not None and len(table) else ():
        true, others = rows[rows["arm"] == "true"].iloc[0], rows[rows["arm"] != "true"]
        level = list(others.loc[~(others["difference_low"] > 0), "arm"])
        over = f"not surely better than {listing(level)}" if level else f"better than all {len(others)} permuted ones"
        own = interval(true["auc"], true["low"], true["high"])
        best = number(others["auc"].max())
        texts.append(
            f"{experiment}, {method}: the network of true labels finds the effect {effect} with a localisation AUC of "
            f"{own}, {over} (at most {best}); this is about made data."
        )
    return texts


def _rows(method, table):
    rows = []
    for kind, name in (("permuted", "true and permuted"), ("unrelated", "two permuted")):
        for measure, shown in (("spearman_abs", "Spearman, absolute"), ("spearman", "Spearman"), ("ssim", "SSIM")):
            values = table.loc[table["kind"] == kind, measure].to_numpy(float)
            low, high = band(values)
            undefined = int(np.isnan(values).sum())
            rows.append([method, name, shown, number(mean_of(values)), f"{number(low)} to {number(high)}", undefined])
    return rows
