"""Whether what a method marks matters to the network, and lies where something was planted: the criteria of scores."""

import numpy as np

from voxplain.sanity.criteria import CRITERIA, criterion, lies_above, not_tested, over_subjects, spoken

BEATEN = {"random": "matched random maps", "centre": "the brain's centre", "edges": "edges of the mean T1"}
# Deleting what matters lowers the score soon, showing it raises the score soon
BETTER = {"deletion": -1, "road": -1, "insertion": 1}
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
        of_measure = None if table is None else _of_measure(table, measure, verdict["fill"])
        if of_measure is None or not (of_measure["map"] == "method").any():
            rows.append(not_tested(measure))
        else:
            rows.append(_beaten(measure, of_measure, verdict, resamples, seed))
    return rows


def advantages(table, measure, other):
    """By how much the method's map does better than ``other`` in each scan, a table of scan, subject and advantage.

    ``table`` has the rows of one measure and fill; a map that was drawn more than once counts as the mean of its draws.
    """
    keys = [name for name in ("split", "scan", "subject") if name in table]
    means = table.groupby([*keys, "map"])["value"].agg(lambda values: values.mean(skipna=False)).unstack("map")
    if other not in means:
        return None
    difference = BETTER[measure] * (means["method"] - means[other])
    return difference.rename("advantage").reset_index()


def masked_criterion(table, verdict):
    """The row of ``masked_input``, from ``masked_input.tsv`` or None: the smallest share of voxels that was shown."""
    name = "masked_input"
    whole = None if table is None else table[(table["split"] == "all") & (table["mask"] == verdict["masked"])]
    if whole is None or whole.empty:
        return not_tested(name)
    row = whole.loc[whole["share"].idxmin()]
    measure = next(one for one in MAIN if one in whole)
    value, low, high = (float(row[f"{measure}_difference{end}"]) for end in ("", "_low", "_high"))
    if not np.isfinite(value):
        return criterion(name, "undefined", "masked input is undefined: there is no score, or no random mask beside it")
    outcome = lies_above(low, high, verdict["least_gain"])
    where = f"{MAIN[measure]} {spoken(float(row[measure]))} through {row['share']:.0%} of the voxels"
    numbers = f"{where}, advantage {spoken(value, low, high)}"
    why = {
        "passed": f"beats random masks as what is left of scans ({numbers})",
        "failed": f"does not beat random masks as what is left of scans ({numbers})",
        "undecided": f"may or may not beat random masks as what is left of scans ({numbers})",
    }
    return criterion(name, outcome, why[outcome], value=value, low=low, high=high, threshold=0.0)


def localisation_criterion(table, method):
    """The row of ``localisation`` of a made cohort, from ``localisation.tsv``: the method beside the closest map."""
    of_method = table[(table["method"] == method) & (table["kind"] == "method")]
    for column, wanted in (("effect", "region"), ("measure", "auc")):
        of_method = of_method[of_method[column] == wanted] if column in of_method else of_method
    if of_method.empty:
        return not_tested("localisation")
    row = of_method.iloc[0]
    value, low, high = (float(row[name]) for name in ("difference", "difference_low", "difference_high"))
    if not np.isfinite(value):
        return criterion("localisation", "undefined", "localisation is undefined: its map is constant or there is none")
    outcome = lies_above(low, high, 0)
    closest = BEATEN.get(row["closest"], str(row["closest"]).replace("_", " "))
    why = f"{FINDS[outcome].format(closest)} (made data; advantage {spoken(value, low, high)})"
    return criterion("localisation", outcome, why, value=value, low=low, high=high, threshold=0.0)


def _of_measure(table, measure, fill):
    rows = table[table["measure"] == measure]
    # ROAD has a fill of its own
    return rows[rows["fill"] == fill] if measure != "road" else rows


def _beaten(measure, table, verdict, resamples, seed):
    found = {}
    for other in verdict["beaten"]:
        rows = advantages(table, measure, other)
        if rows is None:
            return criterion(measure, "not tested", f"{CRITERIA[measure]} has no {BEATEN[other]} to hold it against")
        if rows["advantage"].isna().mean() > verdict["undefined"]:
            why = f"{rows['advantage'].isna().mean():.0%} of the scans have no score beside {BEATEN[other]}"
            return criterion(measure, "undefined", f"{CRITERIA[measure]} is undefined: {why}")
        found[other] = over_subjects(rows, "advantage", resamples, seed)
    outcomes = {other: lies_above(low, high, verdict["least_gain"]) for other, (_, low, high) in found.items()}
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
