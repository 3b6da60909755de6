"""The simplest of several models that is about as good as the best, by scans that it was not fitted on."""

import numpy as np
from sklearn.model_selection import GroupKFold

from voxplain.errors import InputError

FOLDS = 5


def inner_folds(groups, seed=1, folds=FOLDS):
    """``[(fitted, judged), ...]``, places of scans: groups dealt to at most ``folds`` parts, none of them divided.

    Raises InputError where there is only one group.
    """
    groups = np.asarray(groups).astype(str)
    count = min(folds, len(np.unique(groups)))
    if count < 2:
        raise InputError(f"surrogates: {len(groups)} training scans of {count} subject; give two subjects at least")
    return list(GroupKFold(count, shuffle=True, random_state=seed).split(groups, groups=groups))


def simplest(losses, rule="one_se"):
    """Place of the chosen candidate, of ``losses`` (folds, candidates) that are ordered from simple to rich.

    ``one_se``: the first whose mean loss lies within a standard error of the least, over folds (Breiman et al. 1984);
    ``best``: the least itself.
    """
    losses = np.asarray(losses, float)
    means = losses.mean(axis=0)
    best = int(np.argmin(means))
    if rule == "best":
        return best
    spread = losses[:, best].std(ddof=1) / np.sqrt(len(losses))
    return int(np.flatnonzero(means <= means[best] + spread)[0])
