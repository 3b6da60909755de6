"""Kernels of the first layer as images, and how many filters of each layer say anything."""

import numpy as np
import pandas as pd

from voxplain.insight.kernels import SHOWN_AXES
from voxplain.report.blocks import Figure, Fold, Table, Text
from voxplain.report.kernels import SHOWN, kernels
from voxplain.report.sentences import count, listing, number

SILENT = {"zero": "whose weights or gain are 0", "dead": "that never say anything", "undefined": "that did not run"}


def blocks(results):
    """Kernels of each experiment's first network, the first of them apart; sentences and tables on all filters."""
    figures, texts, tables = [], [], []
    for experiment in results.experiments:
        table = results.table(f"insight/{experiment}/filters.tsv")
        if table is None:
            continue
        if table.empty:
            texts.append(Text(f"{experiment}: no network was trained, so there are no weights.", "missing"))
            continue
        said = sentence(experiment, table)
        texts.append(Text(said))
        tables.append(_layers(experiment, table))
        figures += _kernels(results, experiment, said)
    first, *others = figures or [None]
    return first, [*others, *texts, *([Fold("Every layer", tables)] if tables else [])]


def sentence(experiment, table):
    """How many filters the networks of an experiment have, and how many of them do nothing."""
    networks = table[["split", "seed"]].drop_duplicates()
    told = f"{experiment}: {count(len(table), 'filter')} in {count(len(networks), 'network')}"
    scans = table.loc[table["scans"].notna(), "scans"]
    heard = f"on {count(int(scans.max()), 'held-out scan')} a network" if len(scans) and scans.max() else "on no scan"
    counts = table["state"].value_counts()
    silent = [f"{counts[state]} {what}" for state, what in SILENT.items() if counts.get(state)]
    if not silent:
        return f"{told}, listened to {heard}: every one of them says something."
    return f"{told}, listened to {heard}: {listing(silent)}."


def _kernels(results, experiment, said):
    path = results.folder / f"insight/{experiment}/weights.npz"
    with np.load(path, allow_pickle=False) as kept:
        shown = next((name for name in kept if kept[name].ndim in SHOWN_AXES), None)
        if shown is None:
            return []
        weights = kept[shown]
    network, layer = shown.split("/", 1)
    split, seed = network.split("_seed-")
    title = f"{experiment}, split {split}, seed {seed}: {layer}"
    many = f"the {SHOWN} of the largest norm of {len(weights)}" if len(weights) > SHOWN else f"{len(weights)}"
    alt = f"Kernels of {layer}, {many}, weights from {number(weights.min(), 3)} to {number(weights.max(), 3)}. {said}"
    caption = "Every value is a weight; the slices of one kernel lie side by side."
    return [Figure(kernels(weights, title, alt), caption)]


def _layers(experiment, table):
    columns = ["Layer", "Kind", "Filters", *(state.capitalize() for state in SILENT), "Length, median (range)"]
    rows = []
    for layer, part in table.groupby("layer", sort=False):
        silent = [int((part["state"] == state).sum()) for state in SILENT]
        length = pd.to_numeric(part["effective_l2"])
        span = f"{number(length.median(), 3)} ({number(length.min(), 3)} to {number(length.max(), 3)})"
        rows.append([layer, part["kind"].iloc[0], len(part), *silent, span])
    caption = (
        f"Filters of {experiment}, all networks; length is the norm of the weights times what batch norm makes of it"
    )
    return Table(caption, columns, rows, frozenset(columns[2:]))
