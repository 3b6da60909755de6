"""What the networks that had not learned from a scan said of it."""

import pandas as pd

from voxplain.report.blocks import Heading, Section, Table, Text
from voxplain.report.sentences import count, number

READING = (
    "Every row is a network that did not learn from this scan: its split, its seed, what it said and how sure it was.",
    "A map below explains an answer, right or wrong; of a wrong answer it shows what led the network astray.",
)


def answers_section(cohort, scan):
    """The predictions of the scan by every experiment; None where no network held it out."""
    blocks = []
    for experiment, table in cohort.predictions.items():
        rows = table[table["scan"] == scan]
        if len(rows):
            words = answer_words(cohort.results, experiment, cohort.answers[experiment].loc[scan])
            blocks += [Heading(f"Experiment {experiment}"), Text(f"{experiment}: {words}.")]
            blocks.append(_table(cohort.results, experiment, rows, scan))
    return Section("answers", "Answers of its networks", READING, None, blocks) if blocks else None


def answer_words(results, experiment, row):
    """What the networks said of a scan on average, in words; ``row`` is its of `scan_answers`."""
    of = f"mean of {count(int(row['networks']), 'network')}"
    if row["right"] is None or pd.isna(row["right"]):
        return f"said {number(row['said'])}, truly {number(row['label'])}, {of}"
    said, true = (results.class_name(row[column], experiment) for column in ("said", "label"))
    sure = number(row[f"probability_{int(row['said'])}"])
    verdict = "right" if row["right"] else f"wrong, truly {true}"
    return f"said {said} with probability {sure}, {verdict}, {of}"


def _table(results, experiment, rows, scan):
    classes = [column for column in rows if column.startswith("probability_")]
    names = [results.class_name(column.removeprefix("probability_"), experiment) for column in classes]
    columns = ["Split", "Seed", "Truly", "Said", *(f"Probability of {name}" for name in names)]
    columns += ["Answer"] if classes else ["Off by"]
    told = []
    for row in rows.to_dict("records"):
        label, said = row["label"], row["predicted"]
        if classes:
            both = [results.class_name(value, experiment) for value in (label, said)]
            end = "right" if label == said else "wrong"
        else:
            both, end = [number(label), number(said)], number(abs(said - label))
        told.append([row["split"], int(row["seed"]), *both, *(number(row[column], 3) for column in classes), end])
    numeric = frozenset(["Seed", *columns[4 : 4 + len(classes)], "Off by"])
    return Table(f"Answers of {experiment} about {scan}", columns, told, numeric)
