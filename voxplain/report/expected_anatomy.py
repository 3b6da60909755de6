"""Whether maps lie where the literature expects a difference: every method beside maps that know nothing of labels."""

from voxplain.report.blocks import Figure, Fold, Text
from voxplain.report.localisation import known_values, map_name, mean_of_subjects, measures_table, rows_of_maps
from voxplain.report.points import estimates
from voxplain.report.sentences import listing, localisation, number

READING = (
    "Points far to the right lie where the literature expects a difference, if their AUC lies above maps made without "
    "any network and above the untrained network; 0.50 is chance."
)
FLAG = (
    "Expected anatomy is no truth. A network may be right and go by something else, and a map may lie there because "
    "something else does, such as a border that every scan has. No verdict is drawn from it."
)


def blocks(results):
    """The picture of AUCs and, apart from it, sentences and tables; nothing where no anatomy is expected."""
    expected = expected_of(results)
    if not expected:
        return None, []
    panels, texts, folds = {}, [], []
    for experiment in results.experiments:
        table = results.table(f"sanity/{experiment}/localisation.tsv")
        for name in expected if table is not None else ():
            same = table[table["effect"] == name]
            if not len(same):
                continue
            title, auc = f"Experiment {experiment}: {name}", same[same["measure"] == "auc"]
            panels[title] = rows_of_maps(auc)
            texts += [f"{experiment}, {name}, {_said(one)}" for _, one in auc.groupby("method", sort=False)]
            folds.append(Fold(f"Every measure of {experiment}, {name}", [measures_table(f"{title}, expected", same)]))
    asked = [Text(FLAG, "note"), Text(f"Expected here: {_told(expected)}.")]
    if not panels:
        return None, [*asked, Text("No map was held against it.", "missing")]
    picture = Figure(estimates(panels, "AUC against expected anatomy", " ".join(texts), 0.5), FLAG)
    return picture, [*asked, *(Text(text) for text in texts), *_single_subjects(results, expected), *folds]


def expected_of(results):
    """What the study expects, ``{name: {atlas, regions}}``."""
    return results.settings.get("sanity", {}).get("localisation", {}).get("expected") or {}


def _told(expected):
    named = []
    for name, one in expected.items():
        regions = listing(one["regions"]) if one.get("regions") else "all that it has"
        named.append(f"{name}, of the atlas {one['atlas']} {regions}")
    return "; ".join(named)


def _said(auc):
    own, others = auc[auc["kind"] == "method"].iloc[0], auc[auc["kind"] != "method"]
    beside = {
        map_name(row.map): (row.difference, row.difference_low, row.difference_high) for row in others.itertuples()
    }
    return localisation(own["method"], (own["value"], own["low"], own["high"]), beside)


def _single_subjects(results, expected):
    """A picture of how well single subjects' maps lie there, each subject a stroke."""
    panels, texts = {}, []
    for experiment in results.experiments:
        found = results.table(f"sanity/{experiment}/localisation_by_subject.tsv")
        if found is None:
            continue
        found = found[(found["measure"] == "auc") & found["effect"].isin(list(expected))]
        for (name, method), same in found.groupby(["effect", "method"], sort=False):
            values = same["value"].to_numpy(float)
            row = (method, *mean_of_subjects(values), known_values(values), 0)
            panels.setdefault(f"Experiment {experiment}: {name}", []).append(row)
            texts.append(f"{experiment}, {name}, {method}: mean over subjects {number(row[1])}.")
    if not panels:
        return []
    caption = "Maps of single subjects: each stroke is one, the dot their mean with its 95 % interval."
    return [Figure(estimates(panels, "AUC of single subjects against expected anatomy", " ".join(texts), 0.5), caption)]
