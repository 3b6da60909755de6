"""Whether the methods that pass more checks are those that find what was planted, on made cohorts alone.

Localisation is no criterion here: it is what the number of others is held against.
"""

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from voxplain.relevance.bootstrap import LEVELS

COLUMNS = ["method", "passed", "decided", "auc"]
# A rank correlation of fewer methods takes a handful of values only
FEWEST = 5
DECIDED = ("passed", "failed", "undecided", "undefined")


def passed_beside_localisation(criteria, localisation):
    """A table of COLUMNS: how many criteria a method passed of those that were tested, and its localisation AUC.

    ``criteria`` and ``localisation`` are the tables of one experiment; of the latter, the regional effect's AUC counts.
    """
    found = localisation[localisation["kind"] == "method"]
    for column, wanted in (("effect", "region"), ("measure", "auc")):
        found = found[found[column] == wanted] if column in found else found
    aucs = found.drop_duplicates("method").set_index("method")["auc"]
    others = criteria[criteria["criterion"] != "localisation"]
    rows = [
        {
            "method": method,
            "passed": int((rows["outcome"] == "passed").sum()),
            "decided": int(rows["outcome"].isin(DECIDED).sum()),
            "auc": float(aucs.get(method, np.nan)),
        }
        for method, rows in others.groupby("method", sort=False)
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def rank_correlation(passed, aucs, resamples, seed):
    """Spearman's ``(rho, low, high)`` over methods, the 95 % interval by resampling methods; NaN where undefined.

    That is with fewer than FEWEST methods of known AUC, or where all pass the same number. Methods are not independent
    samples of anything, so the interval tells how much the figure owes to single ones, and no more.
    """
    passed, aucs = np.asarray(passed, float), np.asarray(aucs, float)
    known = np.isfinite(aucs)
    passed, aucs = passed[known], aucs[known]
    if len(aucs) < FEWEST or not np.isfinite(rho := _spearman(passed, aucs)):
        return (np.nan,) * 3
    drawn = np.random.default_rng(seed).integers(len(aucs), size=(resamples, len(aucs)))
    found = np.array([_spearman(passed[rows], aucs[rows]) for rows in drawn])
    low, high = np.nanpercentile(found, LEVELS)
    return rho, float(low), float(high)


def _spearman(one, other):
    one, other = (rankdata(values) - (len(values) + 1) / 2 for values in (one, other))
    size = np.sqrt((one @ one) * (other @ other))
    return float(one @ other / size) if size > 0 else np.nan
