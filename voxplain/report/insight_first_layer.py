"""Whether groups differ in the maps of the first layer, the trained network's beside one that learned nothing."""

import numpy as np

from voxplain.insight.group_differences import tally
from voxplain.report.blocks import Figure, Fold, Table, Text
from voxplain.report.points import estimates
from voxplain.report.sentences import count, listing, number

MEASURES = {"mean": "means", "entropy": "entropies"}
NETWORKS = ("trained", "untrained")
LARGEST = 10


def blocks(results):
    """How far groups lie apart in each experiment, trained and untrained, as one picture; sentences and tables."""
    panels, texts, tables = {}, [], []
    for experiment in results.experiments:
        table = results.table(f"insight/{experiment}/first_layer_groups.tsv")
        if table is None:
            continue
        if table["measure"].isna().all():
            texts.append(f"{experiment}: maps of the first layer were not compared: {table['reason'].iloc[0]}.")
            continue
        counts = tally(table)
        panels[experiment] = [_row(counts, measure, network) for measure in MEASURES for network in NETWORKS]
        texts += [sentence(experiment, counts, measure) for measure in MEASURES]
        tables += [_tallies(experiment, counts), _largest(experiment, table)]
    alt = " ".join(texts)
    label = "mean |Hedges' g| between groups, over maps and pairs of groups; strokes are single networks"
    caption = "Only what a trained first layer has beyond one that learned nothing can come from training."
    first = Figure(estimates(panels, label, alt), caption) if panels else None
    found = [Text(text) for text in texts]
    return first, [*found, *([Fold("Every network, and the largest differences", tables)] if tables else [])]


def sentence(experiment, counts, measure):
    """How many maps differ between groups in one measure, beside those of networks that learned nothing."""
    pairs = listing(
        f"{first} and {second}" for first, second in counts[["first", "second"]].drop_duplicates().to_numpy()
    )
    rows = [_of(counts, measure, network) for network in NETWORKS]
    trained, untrained = (
        f"{one['holm'].sum()} of {count(int(one['tested'].sum()), 'comparison')} (mean |g| {number(_apart(one))})"
        for one in rows
    )
    return (
        f"{experiment}: {MEASURES[measure]} of the first layer's maps differ between {pairs} in {trained} after Holm's "
        f"correction, those of networks that learned nothing in {untrained}."
    )


def _of(counts, measure, network):
    return counts[(counts["measure"] == measure) & (counts["network"] == network)]


def _apart(rows):
    """The mean |g| over all maps of ``rows``; nan where none was tested."""
    tested = rows[rows["tested"] > 0]
    return float(np.average(tested["mean_g"], weights=tested["tested"])) if len(tested) else np.nan


def _row(counts, measure, network):
    rows = _of(counts, measure, network)
    single = [_apart(one) for _, one in rows.groupby(["split", "seed"])]
    return f"{MEASURES[measure]}, {network}", _apart(rows), np.nan, np.nan, single, int(network != "trained")


def _tallies(experiment, counts):
    columns = ["Network", "Split", "Seed", "Measure", "Groups", "Maps", "p < 0.05", "Holm", "FDR", "Mean |g|"]
    rows = [
        [one.network, one.split, one.seed, one.measure, f"{one.first}, {one.second}", one.maps]
        + [one.uncorrected, one.holm, one.fdr, number(one.mean_g)]
        for one in counts.itertuples()
    ]
    return Table(f"Maps of {experiment} that differ between groups", columns, rows, frozenset(columns[5:]))


def _largest(experiment, table):
    columns = ["Split", "Seed", "Map", "Measure", "Groups", "g (95 % interval)", "p, Holm"]
    tested = table[(table["network"] == "trained") & table["g"].notna()]
    tested = tested.reindex(tested["g"].abs().sort_values(ascending=False, kind="stable").index).head(LARGEST)
    rows = [
        [one.split, one.seed, int(one.map), one.measure, f"{one.first} minus {one.second}"]
        + [f"{number(one.g)} ({number(one.g_low)} to {number(one.g_high)})", f"{one.p_holm:.2g}"]
        for one in tested.itertuples()
    ]
    return Table(f"The {len(rows)} largest differences of {experiment}", columns, rows, frozenset(columns[5:]))
