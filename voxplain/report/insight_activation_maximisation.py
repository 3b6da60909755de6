"""What classes and units of the networks would like to see: the change of the mean brain that raises their score."""

import nibabel
import numpy as np
import pandas as pd

from voxplain.report.blocks import Figure, Fold, Table, Text
from voxplain.report.sentences import count, number
from voxplain.report.slices import colour_limit, group_picture

FOLDER = "insight/{experiment}/ideal_inputs"
HOW = {True: "along the training scans' principal axes", False: "anywhere within the training scans' intensities"}
READING = (
    "Pictures show what was added to where the search began: warm where more intensity raises the score, cold where "
    "less does. An input that does not exceed the best training scan shows less than that scan does."
)
SCORES = {"Before": "score_before", "After": "score_after", "Best training scan": "training_best"}
MEANS = {"SDs beyond training scans": "sds", "Draws alike": "alike", "Off the axes": "off_axes"}


def blocks(results):
    """The changes of each experiment's targets, the first of them apart; sentences, further pictures and a table."""
    figures, texts, further, rows = [], [], [], []
    for experiment in results.experiments:
        table = _draws(results, experiment)
        if table is None:
            continue
        for reason, part in table[table["reason"].fillna("") != ""].groupby("reason"):
            texts.append(Text(f"{experiment}: {count(len(part), 'network')} could not be asked: {reason}.", "missing"))
        table = table[table["reason"].fillna("") == ""]
        ways = sorted(table["projected"].unique(), reverse=True)
        for (_, projected), part in sorted(table.groupby(["target", "projected"]), key=lambda one: not one[0][1]):
            changes = _changes(results, experiment, part)
            alike = _alike(changes) if part["target"].iloc[0][:4] != "unit" else np.nan
            said = sentence(experiment, part, alike)
            texts.append(Text(said))
            rows.append(_row(experiment, part, alike))
            drawn = _figure(results, experiment, part, changes, said)
            (figures if projected == ways[0] else further).extend(drawn)
    first, *others = figures or [None]
    found = [*([Text(READING)] if figures else []), *others, *texts]
    found += [Fold("The same with another prior", further)] if further else []
    return first, found + ([Fold("Scores of ideal inputs", [_table(rows)])] if rows else [])


def sentence(experiment, table, alike):
    """How far the score of a target rose beside the best training scan, and whether networks ask for the same."""
    networks = table[["split", "seed"]].drop_duplicates()
    means = {name: float(table[column].mean()) for name, column in SCORES.items()}
    told = (
        f"{_what(experiment, table)}: the score goes from "
        f"{number(means['Before'])} to {number(means['After'])}, mean of {count(len(table), 'search', 'searches')} by "
        f"{count(len(networks), 'network')}; the best training scan has {number(means['Best training scan'])}"
    )
    silent = int(table["silent"].sum())
    told += f"; at {count(silent, 'step')} the score had no slope" if silent else ""
    if np.isfinite(alike):
        told += f"; changes that two networks ask for correlate by {number(alike)}"
    return f"{told}."


def _draws(results, experiment):
    folder = FOLDER.format(experiment=experiment)
    paths = sorted(path for path in (results.folder / folder).glob("*.tsv") if not path.stem.endswith("_steps"))
    tables = [results.table(f"{folder}/{path.name}") for path in paths]
    tables = [table for table in tables if table is not None and len(table)]
    return pd.concat(tables, ignore_index=True) if tables else None


def _changes(results, experiment, table):
    """The mean change of each network of ``table`` over its draws as images, of several channels the first."""
    found = []
    for _, part in table.groupby(["split", "seed"], sort=False):
        names = part["file"].str.replace("_input.", "_change.", regex=False)
        images = [results.image(f"{FOLDER.format(experiment=experiment)}/{name}") for name in names]
        values = [np.asarray(image.dataobj) for image in images]
        values = [one[..., 0] if one.ndim == 4 else one for one in values]
        found.append(nibabel.Nifti1Image(np.mean(values, 0, dtype=np.float32), images[0].affine))
    return found


def _alike(changes):
    """The mean correlation between changes that two networks ask for, where any changes; nan of a single one."""
    values = np.array([np.asarray(image.dataobj).ravel() for image in changes])
    values = values[:, values.any(0)]
    if len(values) < 2 or not values.std(1).all():
        return np.nan
    return float(np.corrcoef(values)[np.triu_indices(len(values), 1)].mean())


def _figure(results, experiment, table, changes, said):
    # channel 3 of one network is not channel 3 of another
    shown = changes[:1] if table["target"].iloc[0].startswith("unit") else changes
    if results.template is None or shown[0].shape != results.template.shape:
        return []
    mean = np.mean([np.asarray(image.dataobj) for image in shown], 0, dtype=np.float32)
    image = nibabel.Nifti1Image(mean, shown[0].affine)
    mask = results.template_mask
    drawn = image, results.template, mask, colour_limit([mean[mask]]), said
    picture = group_picture(*drawn, radiological=results.radiological)
    return [Figure(picture, f"{_what(experiment, table)}, mean of {count(len(shown), 'network')}.")]


def _what(experiment, table):
    return f"{experiment}, {table['asked'].iloc[0]}, {HOW[bool(table['projected'].iloc[0])]}"


def _row(experiment, table, alike):
    scores = [number(float(table[column].mean())) for column in [*SCORES.values(), *MEANS.values()] if column in table]
    scores += ["undefined"] * (len(SCORES) + len(MEANS) - len(scores))
    prior = "axes" if table["projected"].iloc[0] else "free"
    return [experiment, table["asked"].iloc[0], prior, len(table), *scores, number(alike)]


def _table(rows):
    columns = ["Experiment", "Asked for", "Prior", "Searches", *SCORES, *MEANS, "Networks alike"]
    return Table("Means over searches", columns, rows, frozenset(columns[3:]))
