"""Concepts beside random ones: with which of them answers of networks move."""

import json

import numpy as np

from voxplain.report.answers_inside import answer_unit, left_out_blocks
from voxplain.report.blocks import Figure, Fold, Table, Text
from voxplain.report.effects_beside_chance import effects_beside_chance
from voxplain.report.sentences import count, listing, number

APART = "follows", "opposes"
READING = (
    "A dot outside its grey band speaks for a concept: answers to held-out scans move along with it more than with the "
    "same numbers dealt out anew. Filled dots remain so after correction for the number of concepts, and the layer "
    "tells the concept on scans that it was not learned from."
)
MOST_SHOWN = 30


def blocks(results):
    """Effects of concepts, the first experiment's picture apart; what is told apart in a sentence; a folded table."""
    first, found = None, []
    for experiment in results.experiments:
        table = results.table(f"insight/{experiment}/concepts.tsv")
        if table is None:
            continue
        told = json.loads((results.folder / f"insight/{experiment}/concepts.json").read_text())
        of_experiment = left_out_blocks(experiment, told)
        if len(table):
            unit = answer_unit(results, experiment)
            said = [
                concepts_sentence(f"{experiment}{name}", rows, unit)
                for name, rows in _asked(results, experiment, table)
            ]
            picture = _picture(results, experiment, table, unit, " ".join(said))
            whole = Fold(f"Every concept of {experiment}", [_table(experiment, table)])
            of_experiment = [*([picture] if first else []), *map(Text, said), whole, *of_experiment]
            first = first or picture
        found += of_experiment
    return first, [Text(READING), *found] if found else []


def concepts_sentence(what, rows, unit):
    """How many concepts of one layer and target are told apart from random ones, the strongest by name."""
    apart = rows[rows["outcome"].isin(APART)].sort_values("holm", kind="stable")
    layer = rows["layer"].iloc[0]
    text = f"{what}: of {count(len(rows), 'concept')} asked of layer {layer}, {len(apart)} "
    text += f"{'is' if len(apart) == 1 else 'are'} told apart from random ones"
    if len(apart):
        text += f": {listing(_in_words(row, unit) for row in apart.head(3).itertuples())}"
        text += f", and {len(apart) - 3} more" if len(apart) > 3 else ""
    unknown = (rows["outcome"] == "not known").sum()
    return f"{text}. {unknown} {'is' if unknown == 1 else 'are'} not known to the layer." if unknown else f"{text}."


def _in_words(row, unit):
    way = "rise" if row.outcome == "follows" else "fall"
    band = f"random ones {number(row.null_low)} to {number(row.null_high)}"
    if row.tested == "effect":
        amount = f"by {number(abs(row.effect))} {unit} for a standard deviation, {band}"
    else:
        amount = f"alignment {number(row.alignment)}, {band}"
    return f"answers {way} with {row.concept} ({amount}, corrected p {row.holm:.2g})"


def _asked(results, experiment, table):
    """What is asked, in words, and its rows: a layer and a target each."""
    several = len(table[["layer", "target"]].drop_duplicates()) > 1
    for (layer, target), rows in table.groupby(["layer", "target"], sort=False):
        name = f", class {results.class_name(target, experiment)}, {layer}" if several else ""
        yield name, rows


def _picture(results, experiment, table, unit, alt):
    groups = {}
    for name, rows in _asked(results, experiment, table):
        tested = rows["tested"].iloc[0]
        effect = rows[tested].astype(float)
        rows = rows.assign(shown=effect).iloc[np.argsort(-effect.abs().to_numpy(), kind="stable")][:MOST_SHOWN]
        of = ["shown", "null_low", "null_high"]
        title = f"{experiment}{name}"
        groups[title] = [
            (concept, *values, outcome in APART)
            for concept, values, outcome in zip(
                rows["concept"], rows[of].astype(float).to_numpy(), rows["outcome"], strict=True
            )
        ]
    label = f"{unit}, for a standard deviation" if tested == "effect" else "cosine of gradient and direction"
    caption = f"Experiment {experiment}{', made scans' if results.made else ''}: grey, 95 % of random concepts."
    return Figure(effects_beside_chance(groups, label, alt), caption)


def _table(experiment, table):
    columns = ["Concept", "Layer", "Target", "Effect", "Alignment", "TCAV", "Random, 95 %", "p", "Holm", "q"]
    columns += ["Reading", "p of reading", "Scans", "Outcome"]
    rows = [
        [row.concept, row.layer, int(row.target), number(row.effect, 3), number(row.alignment, 3), number(row.tcav)]
        + [f"{number(row.null_low, 3)} to {number(row.null_high, 3)}"]
        + [number(one, 3) for one in (row.p, row.holm, row.q, row.reading, row.reading_p)]
        + [int(row.n), row.outcome]
        for row in table.itertuples()
    ]
    return Table(f"Concepts asked of the networks of {experiment}", columns, rows, frozenset(columns[2:-1]))
