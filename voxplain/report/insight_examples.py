"""Who is typical of a class to the networks, who is not, and who is like nobody that they learned from."""

import numpy as np

from voxplain.report.blocks import Figure, Fold, Gallery, Table, Text
from voxplain.report.example_words import class_words, example_lines, kind_name
from voxplain.report.points import estimates
from voxplain.report.sentences import count, listing, number, percent
from voxplain.report.subject_tiles import subject_tile
from voxplain.report.without_features import without_features

# Of each kind and class, and rows of tables, that a page shows
SHOWN, ROWS, UNLIKE = 3, 40, 0.95
HELD_OUT = {"wrong": False, "right": False, "over": False, "under": True, "close": None}
TRAINING = "medoid", "prototype", "criticism"
CAPTION = (
    "Each held-out scan is given the class of the prototype that is nearest to it among features; below, that of the "
    "nearest of as many training scans drawn at random. A bar is a network; 1.00 is all."
)
VALUES = (
    "Values: the probability of the class that is told, or the error; the summed distance of a medoid; what a "
    "prototype leaves of the squared MMD; the witness function at a criticism, above 0 where prototypes say too little."
)
WHERE = "Slices are those of the experiment's input; lines of masks are as in the section on quality."


def blocks(results):
    """How well prototypes stand for classes; then of each experiment its held-out and its training examples."""
    shares, found = {}, []
    for experiment in results.experiments:
        examples = results.table(f"insight/{experiment}/examples.tsv")
        if examples is None:
            continue
        if examples.empty:
            found.append(without_features(results, experiment, "nobody is typical of anything"))
            continue
        if rows := _told(results.table(f"insight/{experiment}/prototypes.tsv")):
            shares[experiment] = rows
        found += _held_out(results, experiment, examples[examples["role"] == "test"])
        found += _training(results, experiment, examples[examples["role"] == "train"])
        found += _neighbours(results, experiment)
        found.append(Fold(f"Every example of {experiment}", [Text(VALUES), _table(results, experiment, examples)]))
    if not shares:
        return None, found
    said = " ".join(f"{name}: {_told_sentence(rows)}" for name, rows in shares.items())
    return Figure(estimates(shares, "share of held-out scans", said), f"{said} {CAPTION}"), found


def _told(table):
    """Rows of a picture: means over networks of the shares told by prototypes and by scans drawn at random."""
    rows = []
    for of, name in (("label", "true class"), ("predicted", "what the network says")):
        part = table[table["of"] == of] if table is not None else []
        if len(part):
            for column, words, role in (("share", "nearest prototype", 0), ("random", "nearest at random", 1)):
                values = part[column].to_numpy(float)
                rows.append((f"{words}: {name}", values.mean(), np.nan, np.nan, values, role))
    return rows


def _told_sentence(rows):
    (_, share, *_), (_, drawn, *_) = rows[:2]
    return f"the nearest prototype tells the class of {percent(share)}, scans drawn at random that of {percent(drawn)}."


def _held_out(results, experiment, examples):
    chosen = []
    for (_, kind), rows in examples.groupby(["of", "kind"], sort=False):
        rising = HELD_OUT[kind]
        by = rows["value"].abs() if rising is None else rows["value"]
        rows = rows.loc[by.sort_values(ascending=rising is not False, kind="stable").index]
        chosen += rows.drop_duplicates("scan").head(SHOWN).to_dict("records")
    if not chosen:
        return []
    chosen.sort(key=lambda row: (row["of"], list(HELD_OUT).index(row["kind"])))
    tiles = [
        subject_tile(results, experiment, row["scan"], example_lines(results, experiment, row), row["kind"] == "wrong")
        for row in chosen
    ]
    wrong = [row for row in chosen if row["kind"] == "wrong"]
    said = f"{experiment}: the held-out scans below are those that its networks are surest of in each class"
    if wrong:
        most = max(wrong, key=lambda row: row["value"])
        said += (
            f". Wrong and marked are {count(len(wrong), 'scan')}, most of all {most['scan']}, of class "
            f"{results.class_name(most['label'], experiment)}, with a probability of {number(most['value'])} for "
            f"another: a label or a scan may be at fault. {WHERE}"
        )
    elif "right" in set(examples["kind"]):
        said += f"; none of all held-out scans is told wrong. {WHERE}"
    else:
        said = f"{experiment}: the held-out scans below are those that are told best, and furthest off. {WHERE}"
    return [Text(said), Gallery(f"Held-out scans of {experiment}", tiles)]


def _training(results, experiment, examples):
    """The examples of the first network: those of different ones are not of one space."""
    if examples.empty:
        return []
    split, seed = examples[["split", "seed"]].iloc[0]
    first = examples[(examples["split"] == split) & (examples["seed"] == seed)]
    first = first[(first["kind"] != "medoid") | (first["rank"] == 1)]
    tiles = []
    for (of, scan), rows in first.groupby(["of", "scan"], sort=False):
        kinds = [f"{row.kind} {row.rank}" if row.kind != "medoid" else "medoid" for row in rows.itertuples()]
        lines = [class_words(results, experiment, of), listing(kinds)]
        tiles.append(subject_tile(results, experiment, scan, lines, all(rows["kind"] == "criticism")))
    said = (
        f"{experiment}, to the network of split {split} (seed {seed}): the medoid of a class is the training scan "
        "nearest to all others of it; a few prototypes together are most like all of it; criticisms, marked, are what "
        f"these tell least of. Those of {count(len(examples.groupby(['split', 'seed'])), 'network')} are in the table."
    )
    return [Text(said), Gallery(f"Training scans of {experiment}, split {split}", tiles)]


def _neighbours(results, experiment):
    near = results.table(f"insight/{experiment}/neighbours.tsv")
    if near is None or near.empty:
        return []
    first = near[near["rank"] == 1]
    unlike = first[first["unlike"] > UNLIKE]
    said = f"{experiment}: "
    classes = bool(results.class_names(experiment))
    if classes:
        own, answered = (float((first["neighbour_label"] == first[one]).mean()) for one in ("label", "predicted"))
        said += (
            f"of {percent(own)} of the held-out scans the nearest training scan has their own class, of "
            f"{percent(answered)} the one that the network says. "
        )
    names = unlike["scan"].drop_duplicates()
    said += f"{count(len(names), 'held-out scan is', 'held-out scans are')} unlike all that a network learned from"
    said += f": {listing(names[:10])}{' and others' if len(names) > 10 else ''}." if len(names) else "."
    wanted = near.merge(unlike[["split", "seed", "scan"]].assign(far=True), how="left")
    missed = (wanted["label"] != wanted["predicted"]) if classes else np.zeros(len(wanted), bool)
    shown = wanted[missed | wanted["far"].notna()].head(ROWS)
    found = [Text(said)]
    if len(shown):
        columns = ["Scan", "Split", "True", "Told", "Place", "Training scan", "Of", "Distance", "Nearer"]
        name = (lambda value: results.class_name(value, experiment)) if classes else number
        rows = [
            [row.scan, row.split, name(row.label), name(row.predicted), row.rank, row.neighbour]
            + [name(row.neighbour_label), number(row.distance), percent(row.unlike)]
            for row in shown.itertuples()
        ]
        caption = f"Held-out scans of {experiment} that are told wrong or unlike all others"
        nearer = Text(
            "Nearer: the share of training scans whose own nearest one lies nearer. All are in neighbours.tsv."
        )
        table = Table(caption, columns, rows, frozenset({"Place", "Distance", "Nearer"}))
        found.append(Fold(f"Nearest training scans in {experiment}", [nearer, table]))
    return found


def _table(results, experiment, examples):
    columns = ["Scan", "Split", "Seed", "Kind", "Of", "Place", "Value"]
    rows = [
        [row.scan, row.split, row.seed, kind_name(row.kind), class_words(results, experiment, row.of), row.rank]
        + [number(row.value, 3)]
        for row in examples.head(10 * ROWS).itertuples()
    ]
    shown = f"Examples of {experiment}: {len(rows)} of {len(examples)}"
    return Table(shown, columns, rows, frozenset(columns[5:]))
