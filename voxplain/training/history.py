"""The table of a training, one row an epoch, and which of its epochs is kept."""

import math

import pandas as pd

from voxplain.runtime import written_whole

KEPT = "loss", "balanced_accuracy", "roc_auc", "r2", "last"
SCORES = {
    "classes": ["train_accuracy", "validation_loss", "validation_balanced_accuracy", "validation_roc_auc"],
    "regression": ["train_mae", "validation_loss", "validation_mae", "validation_r2"],
}


def history_table(rows, keep="loss", task="binary"):
    """One row an epoch; ``best`` is 1 at the epoch whose weights are kept and 0 elsewhere.

    Losses are those that were trained by; errors of a regression are in the label's unit.
    """
    scores = SCORES["regression" if task == "regression" else "classes"]
    table = pd.DataFrame(rows, columns=["epoch", "train_loss", *scores, "learning_rate", "best"])
    if len(table):
        table["best"] = (table.index == best_place(rows, keep)).astype(int)
    return table


def best_place(rows, keep="loss"):
    """Place of the row whose weights are kept: the first with the lowest validation loss or the highest score.

    Of equal scores the one with the lower loss counts. The last row, where ``keep`` is ``last`` or nothing is defined.
    """
    if keep == "last":
        return len(rows) - 1
    worth = [_worth(row, keep) for row in rows]
    defined = [place for place, one in enumerate(worth) if not math.isnan(one[0])]
    return max(defined, key=lambda place: (*worth[place], -place)) if defined else len(rows) - 1


def waited_enough(rows, patience, keep="loss"):
    """Whether the kept score, the loss where the last epoch is kept, has not been better for ``patience`` epochs."""
    best = best_place(rows, "loss" if keep == "last" else keep) if rows else 0
    return bool(rows) and patience is not None and len(rows) - 1 - best >= patience


def write_history(path, rows, keep, task):
    """Leave the table so far at ``path``, whole; nothing without a path or a row."""
    if path and rows:
        with written_whole(path) as part:
            history_table(rows, keep, task).to_csv(part, sep="\t", index=False)


def _worth(row, keep):
    loss = -row.get("validation_loss", math.nan)
    return (loss, 0.0) if keep == "loss" else (row.get(f"validation_{keep}", math.nan), loss)
