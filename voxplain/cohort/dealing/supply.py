"""Whether there are enough groups of every class for the folds that are asked for."""

from voxplain.errors import SettingsError


def enough(classes, k, validation, amounts=False, each=False):
    """Raise SettingsError, with the counts, where ``k`` folds ask for more groups than a class of ``classes`` has.

    ``classes`` is a Series by group; with ``amounts`` they are quantiles of a regression, ``each`` says that every
    group is a fold of its own. A group of several classes stands there once for each.
    """
    if amounts:
        return _enough_amounts(len(classes), k, validation)
    counts, told = _counted(classes)
    if len(counts) < 2:
        raise SettingsError(f"only one class is left ({told} subjects); cohort.labels and the ledger say why")
    rarest, count = counts.idxmin(), counts.min()
    if count < k and not each:
        raise SettingsError(
            f"folds.k is {k}, but class {rarest} has only {count} subjects ({told}); lower folds.k or add subjects"
        )
    left = count - (1 if each else -(-count // k))
    if left < 1 + bool(validation):
        raise SettingsError(
            f"class {rarest} has only {count} subjects ({told}), which leaves {left} beside a test fold for training "
            f"and validation; add subjects{'' if each else ' or raise folds.k'}"
        )
    return None


def enough_beside(what, classes, left_out, validation, amounts=False):
    """Raise SettingsError where too few groups of a class are left without those ``left_out``, who are ``what``."""
    remaining = classes.drop(list(left_out))
    if amounts:
        return _enough_amounts(len(remaining), 1, validation)
    for one in sorted(classes.unique()):
        count = int((remaining == one).sum())
        if count < 1 + bool(validation):
            raise SettingsError(
                f"folds.scheme: without {what} class {one} has only {count} subjects, too few for training and "
                "validation; use kfold, or leave that site out of the study"
            )
    return None


def enough_held_out(classes, number, validation):
    """Raise SettingsError, with the counts, where too few groups of a class are left beside ``number`` of each.

    ``classes`` is a Series by group.
    """
    counts, told = _counted(classes)
    if len(counts) < 2:
        raise SettingsError(f"only one class is left ({told} subjects); cohort.labels and the ledger say why")
    if counts.min() - number < 1 + bool(validation):
        raise SettingsError(
            f"folds.hold_out is {number}, but class {counts.idxmin()} has only {counts.min()} subjects ({told}), too "
            "few for training and validation beside them; lower folds.hold_out or add subjects"
        )


def refuse_untrained(table):
    """Raise SettingsError for the first split of ``table`` whose training part lacks a class that the study has."""
    classes = set(table["label"])
    for split, rows in table.groupby("split", sort=False):
        missing = classes - set(rows.loc[rows["role"] == "train", "label"])
        if missing:
            raise SettingsError(
                f"split {split} has nobody of class {min(missing)} left to train on; lower folds.validation, take "
                "columns out of folds.group_by or folds.stratify_by, or add subjects"
            )


def _enough_amounts(count, k, validation):
    if count < k or count - -(-count // k) < 1 + bool(validation) and k > 1:
        raise SettingsError(f"only {count} subjects have a value, too few for {k} folds; add subjects or lower folds.k")


def _counted(classes):
    counts = classes.value_counts().sort_index()
    return counts, ", ".join(f"class {one}: {count}" for one, count in counts.items())
