"""How alike maps stay when the network has learnt permuted labels by heart (Adebayo et al. 2018), and what they find.

All twins were trained alike on the same scans, see voxplain.training.arms; they explain the same held-out scans for the
classes that the twin on the true labels predicts. permuted: a permuted twin's map beside the true twin's. unrelated:
two permuted twins' maps, which is the null: what maps have in common that owe nothing to the labels.
"""

from itertools import combinations

import numpy as np

from voxplain.sanity.localisation import group_scores, interval, resampled_scores, subject_maps
from voxplain.sanity.similarity import MEASURES
from voxplain.sanity.voxel_scores import MEASURES as SCORES
from voxplain.training.arm_table import TRUE

COLUMNS = ["split", "seed", "scan", "arm", "kind", *MEASURES]
DIFFERENCE = ["difference", "difference_low", "difference_high"]
LOCALISED = ["arm", "effect", "auc", "low", "high", "subjects", *DIFFERENCE]


def twin_rows(described, compare):
    """Rows (dicts) of COLUMNS but split and seed, of the twins' maps ``described`` {arm: maps}.

    ``compare`` is the `DescribedMaps` that described them; the pair of an unrelated row is its ``arm``, joined by "-".
    """
    permuted = [arm for arm in described if arm != TRUE]
    rows = []
    for arm in permuted:
        rows += compare.compared(described[TRUE], described[arm], arm=arm, kind="permuted")
    for one, other in combinations(permuted, 2):
        rows += compare.compared(described[one], described[other], arm=f"{one}-{other}", kind="unrelated")
    return rows


def localised_twins(sources, target, effect, *, resamples, seed):
    """Rows (dicts) of LOCALISED: how well each twin's group map finds ``effect``, whose `Target` is ``target``.

    ``sources`` {arm: [maps of a split]} are read as by `subject_maps`, so that scans count which the true twin told
    rightly, the same for all twins. ``difference`` is the true twin's AUC minus that of a permuted one, with the
    interval over subjects resampled in both together; the true twin's own is not defined.
    """
    maps = {arm: subject_maps(of_splits, target.region)[1] for arm, of_splits in sources.items()}
    auc = SCORES.index("auc")
    values = {arm: group_scores(one, target)[auc] for arm, one in maps.items()}
    drawn = {arm: resampled_scores(one, target, resamples, seed)[:, auc] for arm, one in maps.items()}
    rows = []
    for arm, one in maps.items():
        own = interval(values[arm], drawn[arm])
        less = interval(values[TRUE] - values[arm], drawn[TRUE] - drawn[arm]) if arm != TRUE else [np.nan] * 3
        rows.append(dict(zip(LOCALISED, (arm, effect, *own, len(one), *less), strict=True)))
    return rows
