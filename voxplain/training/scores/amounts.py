"""Scores of predicted amounts, such as ages: MAE and RMSE in the label's unit, and R2."""

import numpy as np
from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error

CONSTANT = "the label is the same in all scans"


def amount_scores(table):
    """``{measure: (value, reason)}`` of one table of predictions; the value is nan where there is a reason."""
    label, predicted = table["label"].to_numpy(float), table["predicted"].to_numpy(float)
    constant = CONSTANT if len(np.unique(label)) < 2 else ""
    return {
        "mae": (float(mean_absolute_error(label, predicted)), ""),
        "rmse": (float(root_mean_squared_error(label, predicted)), ""),
        "r2": (np.nan if constant else float(r2_score(label, predicted)), constant),
    }


def weighted_amount_scores(table, weights):
    """Each measure of one table of n scans under each of many weightings, ``(weightings, n)``; nan: not defined."""
    label, predicted = table["label"].to_numpy(float), table["predicted"].to_numpy(float)
    miss, total = label - predicted, weights.sum(1)
    with np.errstate(invalid="ignore", divide="ignore"):
        squared = weights @ miss**2
        # About the mean of all scans first: squares of large labels would lose their digits
        centred = label - label.mean()
        spread = weights @ centred**2 - (weights @ centred) ** 2 / total
        many = spread > 1e-12 * max(float((centred**2).sum()), np.finfo(float).tiny)
        return {
            "mae": weights @ np.abs(miss) / total,
            "rmse": np.sqrt(squared / total),
            "r2": np.where(many, 1 - squared / np.where(many, spread, 1), np.nan),
        }
