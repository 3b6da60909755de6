"""The scans that a network is surest of, right and wrong, of each class; of a regression the best and worst told."""

import pandas as pd

COLUMNS = ["kind", "of", "rank", "scan", "subject", "label", "predicted", "value"]


def most_confident(table, count=3):
    """Rows of a prediction table: for each class the ``count`` right and the ``count`` wrong ones of most confidence.

    table: held-out scans. Columns: kind (right, wrong), of (the true class), rank, scan, subject, label, predicted and
    value, the probability of the predicted class. A regression has kinds close, over and under, ``of`` -1, and the
    error, predicted minus label in the label's unit, as the value: least of all, largest above 0 and lowest below 0.
    Of equal ones the first scan comes first; a class of which nobody is wrong has no such row.
    """
    found = []
    if any(name.startswith("probability_") for name in table):
        each = table.assign(value=[row[f"probability_{int(row['predicted'])}"] for row in table.to_dict("records")])
        for one in sorted(each["label"].unique()):
            of_class = each[each["label"] == one]
            right = of_class["predicted"] == of_class["label"]
            found += [_first(of_class[right], "right", one, count), _first(of_class[~right], "wrong", one, count)]
    else:
        error = table["predicted"] - table["label"]
        each = table.assign(value=error)
        found.append(_first(each, "close", -1, count, error.abs(), ascending=True))
        found.append(_first(each[error > 0], "over", -1, count))
        found.append(_first(each[error < 0], "under", -1, count, ascending=True))
    found = [one for one in found if len(one)]
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=COLUMNS)


def _first(rows, kind, of, count, by=None, ascending=False):
    by = rows["value"] if by is None else by
    chosen = rows.loc[by.sort_values(ascending=ascending, kind="stable").index[:count]]
    return chosen.assign(kind=kind, of=of, rank=range(1, len(chosen) + 1))[COLUMNS]
