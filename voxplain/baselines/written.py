"""A baseline as files: its predictions, and a card that says what it was told and what to mind."""

import json
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from voxplain.errors import InputError
from voxplain.runtime import written_whole

KINDS = ("confound", "voxels", "tabular")
TEXT = {"scan": str, "subject": str, "group": str, "split": str}


@dataclass(frozen=True)
class Baseline:
    """What a model that is no network says of held-out scans.

    ``kind`` is one of KINDS; ``told`` names what it goes by; ``predictions`` are those of `out_of_fold`; ``note`` says
    in a sentence why there are none, or what to mind; ``settings`` are whatever else the card is to hold.
    """

    name: str
    kind: str
    told: str
    predictions: pd.DataFrame
    note: str = ""
    settings: dict = field(default_factory=dict)


def write_baseline(baseline, table_path, card_path):
    """Leave the predictions of ``baseline`` as a table, and its card."""
    card = {"baseline": baseline.name, "kind": baseline.kind, "told": baseline.told, "note": baseline.note}
    with written_whole(table_path) as part:
        baseline.predictions.to_csv(part, sep="\t", index=False)
    with written_whole(card_path) as part:
        part.write_text(json.dumps(card | {"settings": baseline.settings}, indent=2) + "\n")


def read_baseline(table_path, card_path):
    """The Baseline in two files. InputError where they are not those of one baseline."""
    card = json.loads(Path(card_path).read_text())
    if Path(table_path).name != f"{card['baseline']}.tsv" or card["kind"] not in KINDS:
        raise InputError(f"{card_path}: not the card of {Path(table_path).name}; fit this baseline again")
    predictions = read_predictions(table_path)
    return Baseline(card["baseline"], card["kind"], card["told"], predictions, card["note"], card["settings"])


def read_predictions(path):
    """A table of predictions, the names in it as text."""
    return pd.read_csv(path, sep="\t", dtype=TEXT, keep_default_na=False, na_values=["", "nan"])
