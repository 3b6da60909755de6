"""How the folds of each label were dealt, what is never divided, and how alike their parts are."""

import numpy as np

from voxplain.cohort.dealing.columns import FAMILY, asked_of_folds
from voxplain.cohort.dealing.matching import alike
from voxplain.report.blocks import Figure, Heading, Table, Text
from voxplain.report.points import estimates
from voxplain.report.sentences import count, listing, number
from voxplain.settings.folds import scheme_of

ROLES = ("train", "validation", "test")
ROWS_SHOWN = 14
SPLITS_SHOWN = 40
SCHEMES = {
    "kfold": "folds are drawn",
    "leave_one_out": "each subject, or group, is held out once",
    "leave_one_site_out": "each site is held out once",
    "given": "the study gives the split",
}
LARGE = 0.5  # standard deviations; Cohen's medium


def blocks(results):
    """A heading, sentences, a picture and a table for each label that an experiment tells."""
    first = {}
    for experiment in results.experiments:
        first.setdefault(results.label(experiment), experiment)
    return [block for experiment in first.values() for block in _of_label(results, experiment)]


def relatives(results, groups, subjects):
    """What is never divided, in a sentence; or that relatives may be on both sides, as far as the table tells."""
    if groups < subjects:
        columns = listing(asked_of_folds(results.settings)["group_by"]) or "the groups of the folds"
        return Text(
            f"{count(subjects, 'subject')} make {count(groups, 'group')} by {columns}; no group is in two roles of a "
            "split."
        )
    scans = results.table("cohort/scans.tsv")
    cohort, known = results.settings["cohort"], scans is not None and FAMILY in scans
    if cohort["source"] == "hcp" and results.settings["folds"].get("group_by") is None and not known:
        return Text(
            f"The study's tables have no {FAMILY}, so relatives may cross folds: a network may be judged by the twin "
            f"of somebody it was trained on. Join HCP's restricted table (cohort.tables) with its column {FAMILY}.",
            "note",
        )
    return Text("No subject is in two roles of a split.")


def _of_label(results, experiment):
    label = results.label(experiment)
    folds, balance = (results.table(f"cohort/label-{label}_{what}.tsv") for what in ("folds", "balance"))
    if folds is None:
        return []
    folds = folds if "group" in folds else folds.assign(group=folds["subject"])
    told = relatives(results, folds["group"].nunique(), folds["subject"].nunique())
    told = [Heading(f"Folds of {label}"), Text(_dealt(results, experiment, folds)), told]
    if balance is not None:
        rows = _compared(balance, results, experiment)
        text = _largest(rows)
        told += [_picture(rows, f"Folds of {label}: {text}", text)] if len(rows) else [Text(text)]
    return [*told, _sizes(folds)]


def _dealt(results, experiment, folds):
    settings = results.settings["folds"]
    told = [f"{count(folds['split'].nunique(), 'split')}: {SCHEMES[scheme_of(settings)]}"]
    if settings.get("stratify_by"):
        told.append(f"parts have {listing(settings['stratify_by'])} in common")
    if settings.get("match") and results.class_names(experiment):
        told.append(f"classes are matched by {alike(settings['match'])}")
    return "; ".join(told) + "."


def _compared(balance, results, experiment):
    """Rows of ``balance`` that compare: classes of training parts, and held-out parts with those; each titled."""
    one, role = balance["class"].astype(str), balance["role"]
    names = {str(number): name for number, name in results.class_names(experiment).items()}
    classes = sorted(set(one) - {"all"})
    first = names.get(classes[0], classes[0]) if classes else ""
    title = "Training parts: " + one.map(lambda number: names.get(number, number)) + f" against {first}"
    title = title.where(one != "all", "Held-out parts against training parts")
    rows = balance.assign(name=_names(balance), title=title)
    return rows[((role == "train") & ~one.isin(["all", *classes[:1]])) | ((role == "test") & (one == "all"))]


def _picture(rows, alt, caption):
    panels = {title: _estimates(part) for title, part in rows.groupby("title", sort=False)}
    axis = "difference in standard deviations (dot: mean of the splits, ticks: each split)"
    return Figure(estimates(dict(sorted(panels.items(), reverse=True)), axis, alt, 0.0), caption)


def _names(balance):
    level = balance["level"].fillna("").astype(str)
    plain = balance["variable"].str.replace("_", " ")
    return plain.where(level == "", plain + ": " + level)


def _estimates(part):
    points = []
    for name, inside in part.groupby("name", sort=False):
        values = inside["difference"].to_numpy(float)
        known = values[np.isfinite(values)]
        mean = known.mean() if len(known) else np.nan
        points.append((name, mean, np.nan, np.nan, list(known), 0))
    farthest = sorted(points, key=lambda point: -abs(np.nan_to_num(point[1], nan=np.inf)))[:ROWS_SHOWN]
    return [point for point in points if point in farthest]


def _largest(rows):
    rows = rows[np.isfinite(rows["difference"].astype(float))]
    if rows.empty:
        return "Nothing was recorded in which the parts of the splits could differ."
    row = rows.loc[rows["difference"].abs().idxmax()]
    large = rows.loc[rows["difference"].abs() > LARGE, "name"].nunique()
    rest = f"; {count(large, 'row')} beyond {LARGE} in some split" if large else ""
    return (
        f"The largest difference is that of {row['name']} in {row['split']} ({row['title'][:1].lower()}"
        f"{row['title'][1:]}): {number(row['difference'])} standard deviations{rest}."
    )


def _sizes(folds):
    splits = folds["split"].unique()
    rows = []
    for split in splits[:SPLITS_SHOWN]:
        inside = folds[folds["split"] == split]
        rows.append([split, *(_counts(inside[inside["role"] == role]) for role in ROLES)])
    more = f" (the first {SPLITS_SHOWN} of {len(splits)})" if len(splits) > SPLITS_SHOWN else ""
    heads = ["Split", "Training", "Validation", "Held out"]
    return Table(f"Scans of each part, by class where there are classes{more}", heads, rows)


def _counts(part):
    if part.empty:
        return "none"
    whole = count(len(part), "scan")
    if not np.allclose(part["label"], part["label"].round()) or part["label"].nunique() > 10:
        return whole
    return f"{whole}: {', '.join(str(amount) for amount in part['label'].value_counts().sort_index())}"
