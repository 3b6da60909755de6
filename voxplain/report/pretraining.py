"""Experiments that differ in nothing but pretraining, side by side."""

import numpy as np

from voxplain.report.blocks import Heading, Table, Text
from voxplain.report.chance import told
from voxplain.report.sentences import count, interval, listing, measure_name, number
from voxplain.settings.pretraining import pairs


def pretraining_blocks(results, tables):
    """A sentence and a table for each pair; ``tables`` holds the scores by experiment. Empty where there is none."""
    blocks = []
    for name, other in pairs(results.experiments):
        both = [tables.get(one) for one in (name, other)]
        if all(table is not None and len(table) for table in both):
            blocks += [*([] if blocks else [Heading("With and without pretraining")]), *_beside(name, other, *both)]
        else:
            blocks.append(Text(f"{name} and {other}: not both of the two arms have been scored.", "missing"))
    return blocks


def encoder_blocks(results, experiment):
    """One sentence on how encoders learned to rebuild scans; an empty list where none was pretrained."""
    if not results.experiments[experiment].get("pretrain"):
        return []
    folder = results.folder / "train" / experiment / "encoder"
    tables = [results.table(path.relative_to(results.folder)) for path in sorted(folder.glob("*.history.tsv"))]
    losses = [table["train_loss"] for table in tables if table is not None and len(table)]
    if not losses:
        return []
    first, last = (np.mean([loss.iloc[place] for loss in losses]) for place in (0, -1))
    epochs, encoders = count(max(map(len, losses)), "epoch"), count(len(losses), "encoder")
    return [
        Text(
            f"{experiment}: before any label, layers learned to rebuild the training scans; the loss of rebuilding "
            f"them {'fell' if last < first else 'went'} from {number(first, 3)} to {number(last, 3)} in {epochs}, over "
            f"{encoders}."
        )
    ]


def _beside(name, other, with_it, without_it):
    rows, said = [], []
    for measure in told(with_it):
        one, two = (_by_split(table, measure) for table in (with_it, without_it))
        splits = [split for split in one.index if split in two.index and split != "all"]
        difference = (one[splits] - two[splits]).to_numpy(float)
        spans = [_whole(table, measure) for table in (with_it, without_it)]
        sd = float(np.std(difference, ddof=1)) if len(difference) > 1 else np.nan
        mean = float(np.mean(difference)) if len(difference) else np.nan
        rows.append([measure_name(measure), *spans, number(mean), number(sd), len(splits)])
        if not said:
            parts = listing(f"{number(value)} in {split}" for split, value in zip(splits, difference, strict=True))
            said.append(
                f"Pretrained, {name} reached a {measure_name(measure)} of {spans[0]}; begun anew, {other} reached "
                f"{spans[1]}. The difference is {parts}."
            )
    columns = ["Measure", name, other, "Mean difference", "sd over splits", "Splits"]
    return [Text(said[0]), Table(f"{name}, pretrained, beside {other}", columns, rows, frozenset(columns[1:]))]


def _by_split(table, measure):
    rows = table[(table["model"] == "network") & (table["measure"] == measure)]
    return rows.set_index("split")["value"].astype(float)


def _whole(table, measure):
    row = table[(table["model"] == "network") & (table["measure"] == measure) & (table["split"] == "all")]
    return interval(*(float(row[column].iloc[0]) for column in ("mean", "low", "high"))) if len(row) else "undefined"
