"""The section on training: how each network learned, and which epoch was kept."""

import json

import numpy as np

from voxplain.report.arms import arm_blocks
from voxplain.report.blocks import Figure, Fold, Heading, Section, Table, Text
from voxplain.report.curves import learning_curves
from voxplain.report.epochs import PREFIX, band_figure
from voxplain.report.pretraining import encoder_blocks
from voxplain.report.search import search_blocks
from voxplain.report.sentences import learning, measure_name, number

READING = (
    "Each colour is one training: dotted lines are the loss on the scans it learned from, full lines what it "
    "reached on the scans set aside to choose the epoch, and the ring is the epoch that was kept.",
    "Dotted lines that fall while full lines rise mean that a network learned its own scans by heart; a score that "
    "stays at the dashed line, which is chance, means that it learned nothing of use.",
)


def section(results):
    """The section, from the ``history.tsv`` and card of every training and what was chosen before it."""
    blocks, first = [], None
    for experiment in results.experiments:
        histories = _histories(results, experiment)
        if not histories:
            blocks.append(Text(f"{experiment}: no training was recorded.", "missing"))
            continue
        keep, scores = _kept_by(results, experiment), _scores(histories)
        texts = [_sentence(experiment, name, history, keep) for name, history in histories.items()]
        drawn = f"{PREFIX}{keep}" if f"{PREFIX}{keep}" in scores else scores[0] if scores else None
        chances = {score: _chance(score, len(results.class_names(experiment))) for score in scores}
        figure = Figure(
            learning_curves(histories, " ".join(texts), drawn, chances.get(drawn)), f"Experiment {experiment}."
        )
        if first is None:
            first = figure
        else:
            blocks += [Heading(f"Experiment {experiment}"), figure]
        band = band_figure(experiment, histories, scores, chances)
        blocks += [band] if band else []
        blocks.append(Fold(f"Numbers of {experiment}", [_table(experiment, histories, scores)]))
        blocks += [
            *encoder_blocks(results, experiment),
            *search_blocks(results, experiment),
            *arm_blocks(results, experiment),
        ]
    return Section("training", "Training", READING, first, blocks)


def _histories(results, experiment):
    paths = sorted((results.folder / "train" / experiment).glob("*.history.tsv"))
    tables = {path.name.removesuffix(".history.tsv"): results.table(path.relative_to(results.folder)) for path in paths}
    return {
        name.replace("_seed-", ", seed "): table
        for name, table in tables.items()
        if table is not None and (table["best"] == 1).any()
    }


def _kept_by(results, experiment):
    """What the epoch was chosen by, as the networks' cards say; the loss where they do not."""
    for path in sorted((results.folder / "train" / experiment).glob("*.card.json")):
        return json.loads(path.read_text()).get("training", {}).get("keep", "loss")
    return "loss"


def _scores(histories):
    """The validation scores that some training has, those of the first one first."""
    columns = dict.fromkeys(column for history in histories.values() for column in history)
    return [
        column
        for column in columns
        if column.startswith(PREFIX)
        and column != f"{PREFIX}loss"
        and any(history[column].notna().any() for history in histories.values() if column in history)
    ]


def _sentence(experiment, name, history, keep):
    best, column = _best(history), f"{PREFIX}{keep}"
    measure = "last" if keep == "last" else f"validation {_words(column)}"
    value = best.get(column, np.nan)
    return learning(experiment, name, int(history["epoch"].max()), int(best["epoch"]), value, measure, keep == "loss")


def _table(experiment, histories, scores):
    columns = ["Training", "Epochs", "Kept", "Validation loss", *(f"Validation {_words(one)}" for one in scores)]
    rows = []
    for name, history in histories.items():
        best = _best(history)
        reached = [number(best.get("validation_loss", np.nan), 3), *(number(best.get(one, np.nan)) for one in scores)]
        rows.append([name, int(history["epoch"].max()), int(best["epoch"]), *reached])
    return Table(f"Trainings of {experiment}", columns, rows, frozenset(columns[1:]))


def _best(history):
    return history.loc[history["best"] == 1].iloc[-1]


def _words(column):
    return measure_name(column.removeprefix(PREFIX))


def _chance(column, classes):
    known = {"balanced_accuracy": 1 / max(classes, 2), "roc_auc": 0.5, "r2": 0.0}
    return known.get((column or "").removeprefix(PREFIX))
