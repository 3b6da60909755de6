"""Predictions of every held-out scan by a model that is fitted anew for each split, on scans that are not held out."""

import numpy as np
import pandas as pd

COLUMNS = ["scan", "subject", "group", "split", "seed", "label", "predicted"]


def out_of_fold(folds, fitted_on, classes=2):
    """Out-of-fold predictions, with the columns of a network's predictions and ``seed`` 0.

    folds: a table of scan, subject, group (the subject where it has none), split, role and label, of scans that the
    model knows features of. ``fitted_on(rows)`` is given those of a split's rows that are not held out, their ``role``
    beside them, and gives back a function of held-out rows, see `told_by`; None where it cannot be fitted on them.
    ``classes`` is their number, None of a regression. A class that a split does not train on has probability 0. A
    split that holds out nothing, or has one class alone to learn from, predicts nothing.
    """
    known = folds if "group" in folds else folds.assign(group=folds["subject"])
    tables = []
    for split, rows in known.groupby("split", sort=False):
        test = rows["role"].eq("test")
        fitted, held_out = rows[~test], rows[test]
        if held_out.empty or fitted.empty or (classes and fitted["label"].nunique() < 2):
            continue
        predict = fitted_on(fitted)
        if predict is None:
            continue
        table = held_out[["scan", "subject", "group"]].assign(split=split, seed=0, label=held_out["label"])
        if classes:
            table["predicted"], told, probabilities = predict(held_out)
            table = table.assign(**_of_every_class(told, probabilities, classes))
        else:
            table["predicted"] = predict(held_out)
        tables.append(table)
    return pd.concat(tables, ignore_index=True) if tables else no_predictions(classes)


def told_by(model, values, classes=2):
    """What a fitted scikit-learn ``model`` says of ``values`` (n, features).

    The predicted classes ``(n,)``, the classes that it tells apart, and their probabilities ``(n, known)``; of a
    regression, ``classes`` None, the predicted amounts ``(n,)`` alone.
    """
    return (model.predict(values), model.classes_, model.predict_proba(values)) if classes else model.predict(values)


def no_predictions(classes=2):
    """A table of predictions without a row, for a baseline that has nothing to go by; classes None: a regression."""
    return pd.DataFrame(columns=[*COLUMNS, *(f"probability_{one}" for one in range(classes or 0))])


def _of_every_class(told, probabilities, classes):
    known = dict(zip(told, np.asarray(probabilities).T, strict=True))
    return {f"probability_{one}": known.get(one, np.zeros(len(probabilities))) for one in range(classes)}
