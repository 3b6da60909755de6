"""Which scores stand for an experiment, and what they are by chance."""

import math


def told(table):
    """The two scores of ``scores.tsv`` that stand for its experiment, the main one first: of classes or of amounts."""
    return ("r2", "mae") if of_amounts(table) else ("balanced_accuracy", "roc_auc")


def of_amounts(table):
    """Whether the scores are those of a regression."""
    return bool((table["measure"] == "r2").any())


def class_total(table):
    """How many classes the confusion matrix of ``scores.tsv`` has; 2 where it has none."""
    cells = table.loc[table["measure"].str.startswith("confusion_"), "measure"].nunique()
    return math.isqrt(cells) or 2


def chance(table, measure):
    """What ``measure`` is for predictions that know nothing, or None where that follows from no rule.

    R2 is 0 for always guessing the mean.
    """
    known = {"balanced_accuracy": 1 / class_total(table), "roc_auc": 0.5, "r2": 0.0}
    return known.get(measure)
