"""What networks answered of each subject, as one number that may go along with others, and what else is known of it."""

import numpy as np
import pandas as pd
import torch

from voxplain.cohort.dealing.columns import cell
from voxplain.sanity.map_amounts import by_subject
from voxplain.training.scores.columns import class_count, class_of
from voxplain.training.size_probe import answers


def answers_given(predictions):
    """A row for each subject and label of ``predictions``: ``answer``, the mean over its scans, splits and seeds.

    Of classes it is the log-odds as `answers` has them, of a regression the predicted amount.
    """
    if predictions.empty:
        return pd.DataFrame(columns=["subject", "label", "scan", "answer"])
    if (count := class_count(predictions)) is None:
        told = predictions["predicted"].to_numpy(float)
    else:
        logits = torch.as_tensor(predictions[[f"logit_{one}" for one in range(count)]].to_numpy(float))
        told = answers(logits, class_of(predictions, "label").tolist(), {})
    rows = predictions[["subject", "label", "scan"]].assign(answer=told, label=predictions["label"].astype(float))
    return by_subject(rows)


def columns_beside(table, scans, columns, name):
    """``{cue: values}`` of ``scans`` from the table of all scans: sizes, site, and each of ``columns`` that it has.

    ``size`` is the brain's volume in the input ``name``, ``native_size`` that before any transform; others keep their
    names. A column without any value is left out.
    """
    known = table.set_index(table["scan"].astype(str)).reindex([str(scan) for scan in scans])
    cells = {str(one).removesuffix("_text"): known[one] for one in known}
    wanted = {"size": f"brain_volume_input_ml_{name}", "native_size": "brain_volume_ml", "site": "site"}
    wanted |= {column: column for column in columns}
    found = {}
    for cue, column in wanted.items():
        values = cell(cells, column)
        if len(values) and np.any([str(one).strip() not in ("", "nan") for one in values]):
            found[cue] = values.tolist()
    return found
