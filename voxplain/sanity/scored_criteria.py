"""Whether what a method marks matters to the network, and lies where something was planted: the criteria of scores."""

import numpy as np

from voxplain.sanity.criteria import CRITERIA, criterion, lies_above, not_tested, of_enough, spoken
from voxplain.sanity.faithfulness.differences import beats

BEATEN = {"random": "matched random maps", "centre": "the brain's centre", "edges": "edges of the mean T1"}
# ROAD imputes what it takes out and knows no other fill
OWN_FILL = frozenset({"road"})
MAIN = {"balanced_accuracy": "balanced accuracy", "r2": "R²"}
FINDS = {
    "passed": "finds what was planted better than every map that knows nothing",
    "failed": "finds what was planted worse than {}",
    "undecided": "finds what was planted no better, as far as can be told, than {}",
}


def faithfulness_criteria(table, verdict, resamples, seed):
    """A row for each measure that ``verdict`` asks for, from ``faithfulness.tsv`` or None."""
    rows = []
    for measure in verdict["faithfulness"]:
        found = None if table is None else table[table["measure"] == measure]
        if found is not None and measure not in OWN_FILL:
            found = found[found["fill"] == verdict["fill"]]
        if found is None or not (found["map"] == "method").any():
            rows.append(not_tested(measure))
        else:
            rows.append(_beaten(measure, found, verdict, resamples, seed))
    return rows


def masked_criterion(table, verdict):
    """The row of ``masked_input``, from ``masked_input.tsv`` or None: the smallest share of voxels that was shown."""
    name = "masked_input"
    whole = None if table is None else table[(table["split"] == "all") & (table["mask"] == verdict["masked"])]
    if whole is None or whole.empty:
        return not_tested(name)
    row = whole.loc[whole["share"].idxmin()]
    measure = next(one for one in MAIN if one in whole)
    values = [float(row[f"{measure}_difference{end}"]) for end in ("", "_low", "_high")]
    if not np.isfinite(values[0]):
        return criterion(name, "undefined", "masked input is undefined: there is no score, or no random mask beside it")
    if values[1] == values[2]:
        why = "the network answers alike through this mask and random ones, in every resample"
        return criterion(name, "undefined", f"masked input is undefined: {why}", value=values[0])
    value, low, high = of_enough(values, row["n"], verdict["fewest"])
    outcome = lies_above(low, high, verdict["least_gain"])
    where = f"{MAIN[measure]} {float(row[measure]):.2f} through {row['share']:.0%} of the voxels"
    numbers = f"{where}, advantage {spoken(value, low, high)}"
    why = {
        "passed": f"beats random masks as what is left of scans ({numbers})",
        "failed": f"does not beat random masks as what is left of scans ({numbers})",
        "undecided": f"may or may not beat random masks as what is left of scans ({numbers})",
    }
    return criterion(name, outcome, why[outcome], value=value, low=low, high=high, threshold=0.0)


def localisation_criterion(table, method, fewest):
    """The row of ``localisation`` of a made cohort, from ``localisation.tsv``: the method beside the closest map."""
    of_method = table[(table["method"] == method) & (table["kind"] == "method")]
    for column, wanted in (("effect", "region"), ("measure", "auc")):
        of_method = of_method[of_method[column] == wanted] if column in of_method else of_method
    if of_method.empty:
        return not_tested("localisation")
    row = of_method.iloc[0]
    values = [float(row[name]) for name in ("difference", "difference_low", "difference_high")]
    if not np.isfinite(values[0]):
        return criterion("localisation", "undefined", "localisation is undefined: its map is constant or there is none")
    value, low, high = of_enough(values, row["subjects"], fewest)
    outcome = lies_above(low, high, 0)
    closest = BEATEN.get(row["closest"], str(row["closest"]).replace("_", " "))
    why = f"{FINDS[outcome].format(closest)} (made data; advantage {spoken(value, low, high)})"
    return criterion("localisation", outcome, why, value=value, low=low, high=high, threshold=0.0)


def _beaten(measure, table, verdict, resamples, seed):
    fill = None if measure in OWN_FILL else verdict["fill"]
    found = {}
    for other in verdict["beaten"]:
        if not (table["map"] == other).any():
            return criterion(measure, "not tested", f"{CRITERIA[measure]} has no {BEATEN[other]} to hold it against")
        one = beats(table, other, measure, fill, resamples=resamples, seed=seed)
        scans = int((table["map"] == "method").sum())
        if not np.isfinite(one.value) or one.undefined > verdict["undefined"] * scans:
            why = f"{one.undefined} of {scans} scans have no score beside {BEATEN[other]}"
            return criterion(measure, "undefined", f"{CRITERIA[measure]} is undefined: {why}")
        found[other] = of_enough(one[:3], one.subjects, verdict["fewest"])
    outcomes = {other: lies_above(*one[1:], verdict["least_gain"]) for other, one in found.items()}
    outcome = next((one for one in ("failed", "undecided") if one in outcomes.values()), "passed")
    least = min((other for other in found if outcomes[other] == outcome), key=lambda other: found[other][0])
    value, low, high = found[least]
    numbers = f"advantage {spoken(value, low, high)}"
    names = [BEATEN[other] for other in found]
    why = {
        "passed": f"beats {_listed(names)} in {CRITERIA[measure]} ({numbers} over {BEATEN[least]})",
        "failed": f"does not beat {BEATEN[least]} in {CRITERIA[measure]} ({numbers})",
        "undecided": f"may or may not beat {BEATEN[least]} in {CRITERIA[measure]} ({numbers})",
    }
    return criterion(measure, outcome, why[outcome], value=value, low=low, high=high, threshold=0.0)


def _listed(names):
    return " and ".join(names) if len(names) < 3 else f"{', '.join(names[:-1])} and {names[-1]}"
