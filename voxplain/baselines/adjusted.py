"""Scores with and without an adjustment: on subjects matched in what is not to tell them, and with residuals.

The matched scores are of the same predictions: nothing is trained again, and only subjects are counted that have a
partner of every other class, alike in the confounds and held out by the same split. What a model owes to those
confounds it cannot use there, as far as the match is close.
"""

import pandas as pd

from voxplain.cohort.dealing.matching import lacking, matched_sets
from voxplain.errors import InputError
from voxplain.training.scores.columns import class_count
from voxplain.training.scores.table import score_predictions

COLUMNS = ["model", "kind", "adjustment", "measure", "value", "sd", "low", "high", "n", "reason"]
NONE, MATCHED, RESIDUAL = "none", "matched", "residuals"
CLASS_MEASURES, AMOUNT_MEASURES = ("balanced_accuracy", "roc_auc"), ("r2", "mae")
TOO_FEW = "no two subjects of a split are alike"
NOTHING = "it predicts nothing; see its card"


def matched_rows(predictions, scans, wanted, seed):
    """Those rows of ``predictions`` whose subjects are matched by `matched_sets` among the held-out ones of a split.

    ``scans`` is the table of the study's scans, ``wanted`` ``{column: exact | the greatest difference}``. A subject is
    what its first scan says. All seeds of a split keep the same subjects. Raises `InputError` for a column that the
    table lacks.
    """
    for column in wanted:
        if column not in scans:
            known = ", ".join(map(str, scans.columns))
            raise InputError(f'setting "baselines.matched" names {column}, which no scan has; there are {known}')
    cells = scans.set_index("scan")[list(wanted)].map(lambda cell: "" if pd.isna(cell) else str(cell))
    kept = []
    for _, rows in predictions.groupby("split", sort=False):
        people = {}
        for row in rows.sort_values("scan").drop_duplicates("subject").itertuples():
            told = cells.loc[row.scan].to_dict() if row.scan in cells.index else dict.fromkeys(wanted, "")
            if not lacking(told, wanted):
                people[row.subject] = int(row.label), told
        sets = matched_sets(people, wanted, seed)
        own = [row.subject in sets and people[row.subject][0] == int(row.label) for row in rows.itertuples()]
        kept.append(rows[own])
    return pd.concat(kept) if kept else predictions


def adjusted_table(models, scans, wanted, *, bootstrap, seed, residual=()):
    """A row of COLUMNS for each model, measure and adjustment.

    ``models`` is ``{name: (kind, predictions)}``, ``wanted`` what subjects are to be alike in (nothing: none are
    matched), ``residual`` names the models whose features, or labels, are residuals anyway. Who is matched is settled
    once, by the subjects that every model has predictions of. Amounts have no classes to be matched.
    """
    rows = []
    chosen = _chosen(models, scans, wanted, seed)
    for name, (kind, predictions) in models.items():
        classes = class_count(predictions)
        shown = {RESIDUAL if name in residual else NONE: predictions}
        if wanted and classes:
            both = [RESIDUAL, MATCHED] if name in residual else [MATCHED]
            keys = predictions.set_index(["split", "scan"]).index
            shown[f"{', '.join(both)}"] = predictions[keys.isin(chosen)]
        for adjustment, part in shown.items():
            why = NOTHING if predictions.empty else TOO_FEW
            for measure, found in _scores(part, classes, bootstrap, seed, why).items():
                rows.append({"model": name, "kind": kind, "adjustment": adjustment, "measure": measure} | found)
    return pd.DataFrame(rows, columns=COLUMNS)


def _chosen(models, scans, wanted, seed):
    """Split and scan of everybody who is matched, among those that all models with any prediction tell of."""
    told = [predictions for _, predictions in models.values() if len(predictions)]
    if not wanted or not told or not class_count(told[0]):
        return []
    keys = [one.set_index(["split", "scan"]).index for one in told]
    shared = told[0][[all(key in other for other in keys) for key in keys[0]]]
    return matched_rows(shared, scans, wanted, seed).set_index(["split", "scan"]).index


def _scores(predictions, classes, bootstrap, seed, why):
    measures = CLASS_MEASURES if classes else AMOUNT_MEASURES
    if predictions.empty:
        return {measure: {"n": 0, "reason": why} for measure in measures}
    whole = score_predictions(predictions, "", bootstrap, seed, permutations=1).query("split == 'all'")
    table = whole.set_index("measure").reindex(measures)[["value", "sd", "low", "high", "n", "reason"]]
    return {measure: table.loc[measure].to_dict() for measure in measures}
