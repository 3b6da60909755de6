"""What encoders learned before their networks learned any label."""

import numpy as np

from voxplain.report.blocks import Text
from voxplain.report.sentences import count, number


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
