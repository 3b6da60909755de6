"""What the networks of an experiment said of each held-out scan, and which of it was right."""

import numpy as np
import pandas as pd

PROBABILITY = "probability_"


def scan_answers(results, experiment):
    """A row a held-out scan, by its name: the means over the networks that had not learned from it; None without any.

    Columns: ``label``; ``said``, the class with the highest mean probability or the mean amount; ``right``, of classes
    bool, of amounts None; ``probability``, the mean probability of the true class, and ``probability_<class>`` of
    each, nan of amounts; ``split``, the first that held it out; ``networks``, how many answered.
    """
    table = results.table(f"predict/{experiment}/predictions.tsv")
    if table is None or table.empty:
        return None
    columns = [column for column in table if column.startswith(PROBABILITY)]
    grouped = table.groupby("scan", sort=False)
    rows = grouped[["label", "split"]].first().assign(networks=grouped.size())
    if not columns:
        return rows.assign(said=grouped["predicted"].mean(), right=None, probability=np.nan)
    means = grouped[columns].mean()
    classes = np.array([int(column.removeprefix(PROBABILITY)) for column in columns])
    rows["said"] = classes[means.to_numpy().argmax(axis=1)]
    rows["right"] = rows["said"] == rows["label"]
    places = {label: place for place, label in enumerate(classes.tolist())}
    true = [places.get(int(label)) for label in rows["label"]]
    values = means.to_numpy()
    rows["probability"] = [np.nan if place is None else values[row, place] for row, place in enumerate(true)]
    return pd.concat([rows, means], axis=1)


def scan_tags(results):
    """``{scan: {what: value}}`` that scans are chosen by: class, site, fold, and whether each experiment told it."""
    tags = {}
    for scan, label, site in _labelled(results):
        tags[scan] = {"class": label} | ({"site": site} if site else {})
    for place, experiment in enumerate(results.experiments):
        answers = scan_answers(results, experiment)
        for row in () if answers is None else answers.itertuples():
            own = tags.setdefault(row.Index, {})
            if not place:
                own["fold"] = str(row.split).partition("f")[2]
            if row.right is not None:
                own[f"{experiment} was"] = "right" if row.right else "wrong"
    return tags


def _labelled(results):
    scans = results.table("cohort/scans.tsv")
    if scans is None:
        return
    column, sites = f"label_{results.label()}", scans.get("site", pd.Series(np.nan, scans.index))
    labels = scans[column] if column in scans else pd.Series(np.nan, scans.index)
    for scan, label, site in zip(scans["scan"], labels, sites, strict=True):
        if results.class_names() and pd.notna(label):
            yield scan, results.class_name(label), site if isinstance(site, str) else ""
        elif isinstance(site, str):
            yield scan, "", site
