"""What became of held-out scans: the curves behind the scores, the confusion of classes, amounts told and true."""

import numpy as np

from voxplain.report.blocks import Figure, Fold, Table
from voxplain.report.performance import amounts_told, score_curves
from voxplain.report.sentences import number
from voxplain.report.split_curves import split_curves

CURVES = (
    "ROC and precision over recall are means over the trainings with one standard deviation; where the calibration "
    "lies on the diagonal, a stated probability is how often it came true, with 95 % intervals over subjects."
)


def held_out_blocks(results, experiment, stem=""):
    """Picture and table of an experiment's held-out predictions, or of another cohort's with the ``stem`` of its files.

    From ``curves.tsv`` and ``predictions.tsv``; an empty list where there are none.
    """
    predictions = results.table(f"predict/{experiment}/{stem}predictions.tsv")
    curves = results.table(f"predict/{experiment}/{stem}curves.tsv")
    if predictions is None or predictions.empty:
        return []
    if not any(column.startswith("probability_") for column in predictions):
        return [_amounts(experiment, predictions)]
    blocks = [_confusion(results, experiment, predictions)]
    if curves is not None and len(curves):
        names = results.class_names(experiment)
        picture = score_curves(curves, names, _curve_words(experiment, curves))
        single = split_curves(experiment, predictions, names)
        blocks = [
            Figure(picture, CURVES),
            *([single] if single else []),
            *blocks,
            Fold(f"Calibration of {experiment}", [_calibration(experiment, curves)]),
        ]
    return blocks


def _curve_words(experiment, curves):
    bins = curves[curves["curve"] == "calibration"]
    apart = np.average(np.abs(bins["x"] - bins["y"]), weights=bins["n"])
    return (
        f"{experiment}: ROC, precision over recall and calibration of held-out scans; stated and observed shares are "
        f"{number(apart)} apart on average over {int(bins['n'].sum())} predictions."
    )


def _calibration(experiment, curves):
    columns = ["Predictions", "Stated probability", "Came true", "95 % interval"]
    rows = [
        [int(row.n), number(row.x), number(row.y), f"{number(row.low)} to {number(row.high)}"]
        for row in curves[curves["curve"] == "calibration"].itertuples()
    ]
    caption = f"Stated probabilities of {experiment} in ten bins, and how often they came true"
    return Table(caption, columns, rows, frozenset(columns[1:]))


def _confusion(results, experiment, predictions):
    classes = sorted(set(predictions["label"]) | set(predictions["predicted"]) | set(results.class_names(experiment)))
    names = [results.class_name(label, experiment) for label in classes]
    rows = [
        [
            f"truly {name}",
            *(int(((predictions["label"] == label) & (predictions["predicted"] == other)).sum()) for other in classes),
        ]
        for label, name in zip(classes, names, strict=True)
    ]
    columns = ["", *(f"called {name}" for name in names)]
    return Table(f"Confusion of {experiment}: held-out predictions", columns, rows, frozenset(columns[1:]))


def _amounts(experiment, predictions):
    miss = (predictions["predicted"] - predictions["label"]).abs()
    words = (
        f"{experiment}: {len(predictions)} held-out predictions from {number(predictions['predicted'].min(), 1)} to "
        f"{number(predictions['predicted'].max(), 1)} over labels from {number(predictions['label'].min(), 1)} to "
        f"{number(predictions['label'].max(), 1)}; half of them are less than {number(miss.median(), 1)} off."
    )
    return Figure(amounts_told(predictions, words), words)
