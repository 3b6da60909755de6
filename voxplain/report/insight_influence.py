"""Which training scans moved the networks most, and which made them say what they say of held-out scans."""

import pandas as pd

from voxplain.report.blocks import Figure, Fold, Gallery, Table, Text
from voxplain.report.points import bars
from voxplain.report.sentences import count, listing, number, percent
from voxplain.report.subject_tiles import subject_tile

STRONGEST, TILES, TRIPLES, ROWS = 10, 6, 3, 60
NAMES = {"tracin": "TracIn", "influence_functions": "influence functions"}
LENGTH = "influence on itself, in means of all training scans"
READING = (
    "A scan that moves a network most is rare, unclear or mislabelled: it is a list to look at, not a verdict, and by "
    "itself no reason to leave a scan out."
)


def blocks(results):
    """The strongest training scans of each experiment and method; whom held-out scans owe their answers to."""
    figures, found = [], []
    for experiment in results.experiments:
        training = _together(results, experiment, "training")
        if training is None:
            continue
        refused = training[training["scan"].isna()].drop_duplicates(["method", "note"])
        found += [
            Text(f"{experiment}: no {NAMES[row.method]}, because {row.note}.", "missing")
            for row in refused.itertuples()
        ]
        own = pooled(training.dropna(subset=["scan", "self_influence"]))
        if own.empty and refused.empty:
            found.append(
                Text(f"{experiment}: no influence is defined, since no network is moved by any scan.", "missing")
            )
        for method, rows in own.groupby("method", sort=False):
            said = strongest_sentence(experiment, method, rows)
            amounts = dict(zip(rows["scan"], rows["times"], strict=True))
            figures.append(Figure(bars(dict(list(amounts.items())[:STRONGEST]), LENGTH, said), said))
            found += _strongest(results, experiment, method, rows)
        held_out = _together(results, experiment, "held_out")
        if held_out is not None and len(held_out):
            found += _held_out(results, experiment, held_out)
    first, *others = figures or [None]
    return first, [*others, *([Text(READING)] if figures else []), *found]


def pooled(training):
    """A row a method and training scan over all networks that learned from it, the strongest first.

    networks: how many; strongest: in how many of them it lies in the strongest tenth; times: its influence on itself
    over the mean of the network's training scans, the mean over networks.
    """
    means = training.groupby(["method", "split", "seed"])["self_influence"].transform("mean")
    rows = training.assign(times=(training["self_influence"] / means.where(means > 0)).fillna(0.0))
    grouped = rows.groupby(["method", "scan"], sort=False)
    table = grouped.agg(
        label=("label", "first"), networks=("rank", "size"), strongest=("top_decile", "sum"), times=("times", "mean")
    )
    return table.reset_index().sort_values(["method", "times"], ascending=[True, False], kind="stable")


def strongest_sentence(experiment, method, rows):
    """How many training scans lie in the strongest tenth of every network that learned from them, and who leads."""
    always = rows[rows["strongest"] == rows["networks"]]
    first = rows.iloc[0]
    said = (
        f"{experiment}, {NAMES[method]}: of {count(len(rows), 'training scan')}, {first['scan']} moves the networks "
        f"that learned from it most, {number(first['times'], 1)} times as much as their mean training scan; "
    )
    if always.empty:
        return f"{said}none lies in the strongest tenth of every network that learned from it."
    names = listing(always["scan"][:STRONGEST])
    more = " and others" if len(always) > STRONGEST else ""
    lie = "lies" if len(always) == 1 else "lie"
    return f"{said}{len(always)} {lie} in the strongest tenth of every network that learned from them: {names}{more}."


def _strongest(results, experiment, method, rows):
    tiles = []
    for row in rows.head(TILES).itertuples():
        lines = [_label(results, experiment, row.label), f"{number(row.times, 1)} times the mean"]
        lines.append(f"in the strongest tenth of {row.strongest} of {count(row.networks, 'network')}")
        tiles.append(subject_tile(results, experiment, row.scan, lines, row.strongest == row.networks))
    columns = ["Training scan", "Label", "Networks", "In the strongest tenth of", "Times the mean"]
    table = [
        [row.scan, _label(results, experiment, row.label), row.networks, row.strongest, number(row.times)]
        for row in rows.head(ROWS).itertuples()
    ]
    caption = (
        f"Influence of training scans of {experiment} on themselves, by {NAMES[method]}; the {len(table)} strongest"
    )
    folded = Fold(
        f"Strongest training scans of {experiment} by {NAMES[method]}", [_numbers(caption, columns, table, 2)]
    )
    intro = Text(f"{experiment}, {NAMES[method]}: the training scans that move its networks most.")
    return [intro, Gallery(f"Training scans that move networks of {experiment} most", tiles), folded]


def _held_out(results, experiment, table):
    """Sentences, triples of pictures and a table: who helped and who opposed the answers on held-out scans."""
    ends = table.dropna(subset="rank").sort_values("rank", kind="stable").groupby(["method", "split", "seed", "scan"])
    helps, opposes = ends.first(), ends.last()
    helps, opposes = helps[helps["influence"] > 0], opposes[opposes["influence"] < 0]
    classes, found = bool(results.class_names(experiment)), []
    for method in table["method"].unique() if classes else []:
        shares = []
        for side in (helps, opposes):
            part = side[side.index.get_level_values("method") == method]
            shares.append(float((part["training_label"] == part["label"]).mean()) if len(part) else float("nan"))
        found.append(
            Text(
                f"{experiment}, {NAMES[method]}: the class that a held-out scan is taken to be of is that of the "
                f"training scan which helps it most in {percent(shares[0])} of the cases, of the one which opposes it "
                f"most in {percent(shares[1])}."
            )
        )
    keys = ["method", "split", "seed", "scan"]
    both = helps.reset_index().merge(opposes.reset_index(), on=keys, suffixes=("_helps", "_opposes"))
    both = _wrong_first(results, experiment, both)
    if both.empty:
        return found
    tiles = []
    for row in both.drop_duplicates("scan").head(TRIPLES).itertuples():
        network = f"{NAMES[row.method]}, split {row.split}, seed {row.seed}"
        shown = [_label(results, experiment, row.label_helps), "told wrong" if row.wrong else "held out", network]
        tiles.append(subject_tile(results, experiment, row.scan, shown, row.wrong))
        for scan, label, does in (
            (row.training_scan_helps, row.training_label_helps, "helps"),
            (row.training_scan_opposes, row.training_label_opposes, "opposes"),
        ):
            lines = [_label(results, experiment, label), f"{does} {row.scan} most"]
            tiles.append(subject_tile(results, experiment, scan, lines))
    columns = ["Held-out scan", "Taken to be", "Method", "Split", "Seed", "Told wrong", "Helps most", "Of"]
    columns += ["Opposes most", "of"]
    rows = [
        [row.scan, _label(results, experiment, row.label_helps), NAMES[row.method], row.split, row.seed]
        + ["yes" if row.wrong else "no", row.training_scan_helps]
        + [_label(results, experiment, row.training_label_helps), row.training_scan_opposes]
        + [_label(results, experiment, row.training_label_opposes)]
        for row in both.head(ROWS).itertuples()
    ]
    caption = f"Held-out scans of {experiment}, those told wrong first: {len(rows)} of {len(both)}"
    folded = Fold(f"Helpers and opponents in {experiment}", [_numbers(caption, columns, rows, len(columns))])
    return [*found, Gallery(f"Held-out scans of {experiment}, and who helps and opposes them most", tiles), folded]


def _wrong_first(results, experiment, both):
    """``both`` with ``wrong``: whether the network of that split and seed tells another class of the scan."""
    told = results.table(f"predict/{experiment}/predictions.tsv")
    if told is None or told.empty or not results.class_names(experiment):
        return both.assign(wrong=False)
    told = told[["split", "seed", "scan"]].assign(wrong=told["predicted"] != told["label"])
    both = both.merge(told, on=["split", "seed", "scan"], how="left")
    wrong = both["wrong"].eq(True)
    return both.assign(wrong=wrong).sort_values("wrong", ascending=False, kind="stable", ignore_index=True)


def _together(results, experiment, kind):
    paths = sorted((results.folder / f"insight/{experiment}/influence").glob(f"*_{kind}.tsv"))
    tables = [results.table(path.relative_to(results.folder)) for path in paths]
    tables = [table.astype({"scan": object}) for table in tables if table is not None and len(table)]
    if not paths:
        return None
    return pd.concat(tables, ignore_index=True) if tables else results.table(paths[0].relative_to(results.folder))


def _label(results, experiment, label):
    return f"class {results.class_name(label, experiment)}" if results.class_names(experiment) else number(label, 1)


def _numbers(caption, columns, rows, texts):
    return Table(caption, columns, rows, frozenset(columns[texts:]))
