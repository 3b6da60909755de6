"""What one experiment comes to, in one long table: scores, the size of brains in its answers, where its relevance lies.

Each experiment's table has the same rows, so that experiments can be put side by side.
"""

import numpy as np
import pandas as pd

from voxplain.baselines.answers_and_size import size_correlation
from voxplain.relevance.outside_share import outside_of_subjects
from voxplain.training.scores.amounts import amount_scores
from voxplain.training.scores.classes import class_scores
from voxplain.training.scores.columns import class_count

COLUMNS = ["method", "part", "measure", "value", "sd", "low", "high", "n", "reason"]
CLASS_MEASURES, AMOUNT_MEASURES = ("accuracy", "balanced_accuracy", "roc_auc"), ("r2", "mae")
NO_MAP = "no map that varies"


def learned_scores(predictions):
    """Rows of the scores on the scans that networks learned from: mean over splits, ``sd`` with ddof 1, ``n`` scans.

    ``predictions`` are of each split's training scans by its own networks. The seeds of a split count as one by their
    mean; a score that a split does not define is left out there, and the reason stands beside it.
    """
    of_splits, reasons = {}, {}
    scored = class_scores if class_count(predictions) else amount_scores
    for (split, _), table in predictions.groupby(["split", "seed"]):
        for measure, (value, reason) in scored(table).items():
            of_splits.setdefault(measure, {}).setdefault(split, []).append(value)
            reasons[measure] = reasons.get(measure) or reason
    n, rows = predictions["scan"].nunique(), []
    for measure in CLASS_MEASURES if class_count(predictions) else AMOUNT_MEASURES:
        means = [np.mean(values) for values in of_splits.get(measure, {}).values()]
        defined = [value for value in means if not np.isnan(value)]
        row = {"part": "training", "measure": measure, "n": n, "reason": reasons.get(measure, "no scan was predicted")}
        row |= {"value": np.mean(defined) if defined else np.nan}
        rows.append(row | {"sd": np.std(defined, ddof=1) if len(defined) > 1 else np.nan})
    return rows


def held_out_scores(scores):
    """Rows of the scores on held-out scans, from the network's rows of ``scores.tsv``."""
    known = [one for one in (*CLASS_MEASURES, *AMOUNT_MEASURES) if (scores["measure"] == one).any()]
    network = scores[(scores["model"] == "network") & (scores["split"] == "all")].set_index("measure")
    columns = ["value", "sd", "low", "high", "n", "reason"]
    return [
        {"part": "held_out", "measure": measure} | network.loc[measure, columns].to_dict()
        for measure in known
        if measure in network.index
    ]


def size_rows(predictions, sizes, resamples, seed):
    """Rows of the correlation of held-out answers with each of ``sizes``, ``{measure: volumes by scan}``."""
    return [
        {"part": "held_out", "measure": measure} | size_correlation(predictions, volumes, resamples, seed)
        for measure, volumes in sizes.items()
    ]


def outside_measures(method, rows, resamples, seed):
    """Rows of a method's relevance outside the brain: its share, that of the voxels, and a voxel there over one inside.

    ``rows`` are those of `outside_rows`.
    """
    told = outside_of_subjects(rows, resamples, seed)
    reason = NO_MAP if not told["n"] else f"{told['undefined']} maps undefined" if told["undefined"] else ""
    shared = {"method": method, "part": "held_out", "n": told["n"], "reason": reason}
    spread = {"value": told["share"], "low": told["low"], "high": told["high"]}
    return [
        shared | {"measure": "outside_share"} | spread,
        shared | {"measure": "outside_voxels", "value": told["voxels"]},
        shared | {"measure": "outside_ratio", "value": told["ratio"]},
    ]


def localisation_rows(table):
    """Rows of how well each method's group map finds the regional effect, from ``localisation.tsv`` of a made study."""
    own = table[table["kind"] == "method"]
    for column, wanted in (("effect", "region"), ("measure", "auc")):
        own = own[own[column] == wanted] if column in own else own
    return [
        {"method": row.method, "part": "held_out", "measure": "localisation_auc", "n": row.subjects}
        | {"value": row.auc, "low": row.low, "high": row.high, "reason": "" if np.isfinite(row.auc) else NO_MAP}
        for row in own.itertuples()
    ]


def described(rows):
    """The table of COLUMNS of some of these rows."""
    table = pd.DataFrame(rows).reindex(columns=COLUMNS)
    words = {name: table[name].astype(object).where(table[name].notna(), "") for name in ("method", "reason")}
    return table.assign(**words)
