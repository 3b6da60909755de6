"""How good out-of-fold predictions are: of classes and of amounts, with intervals, p-values and curves."""

from voxplain.training.scores.table import score_predictions, weighted_scores

__all__ = ["score_predictions", "weighted_scores"]
