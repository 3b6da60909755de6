"""What all criteria come to for a method: contradicted, not contradicted or not tested enough, in one plain sentence.

There is no score over criteria: one that failed is not outweighed by others that passed, and none makes a map true.
"""

import pandas as pd

from voxplain.sanity.criteria import CRITERIA, OUTCOMES

COLUMNS = ["method", "verdict", "sentence"]
CONTRADICTED, NOT_CONTRADICTED, NOT_ENOUGH = "contradicted", "not contradicted", "not tested enough"
# Told beside the verdict and never a reason: what was planted need not be what a network uses
TOLD_BESIDE = frozenset({"localisation"})


def verdicts(criteria, needed):
    """The verdict and sentence of every method of the table of criteria; ``needed`` names those that must pass."""
    rows = []
    for method, found in criteria.groupby("method", sort=False):
        deciding = found[~found["criterion"].isin(TOLD_BESIDE)]
        verdict = verdict_of(dict(zip(deciding["criterion"], deciding["outcome"], strict=True)), needed)
        rows.append({"method": method, "verdict": verdict, "sentence": sentence(method, verdict, deciding, needed)})
    return pd.DataFrame(rows, columns=COLUMNS)


def verdict_of(outcomes, needed):
    """The verdict on ``{criterion: outcome}``: a criterion of ``needed`` that is not there was not tested."""
    if "failed" in outcomes.values():
        return CONTRADICTED
    return NOT_CONTRADICTED if all(outcomes.get(name) == "passed" for name in needed) else NOT_ENOUGH


def sentence(method, verdict, criteria, needed):
    """The verdict and its reasons; then, by name, what passed besides, what is open and what was not tested."""
    if verdict == CONTRADICTED:
        reasons = criteria[criteria["outcome"] == "failed"]
    elif verdict == NOT_CONTRADICTED:
        reasons = criteria[criteria["outcome"] == "passed"]
    else:
        reasons = criteria[criteria["criterion"].isin(needed) & (criteria["outcome"] != "passed")]
    text = f"{method}: {verdict}: {'; '.join(reasons['why']) if len(reasons) else 'nothing is asked of it'}."
    others = criteria[~criteria["criterion"].isin(reasons["criterion"])]
    for outcome in OUTCOMES:
        names = [CRITERIA[name] for name in others.loc[others["outcome"] == outcome, "criterion"]]
        text += f" {outcome.capitalize()}: {', '.join(names)}." if names else ""
    return text
