"""The table that all later stages read: one row a used scan, with its classes, covariates and measures."""

import pandas as pd

OURS = ["scan", "subject", "session", "source_id", "image_id", "visit", "date", "site", "archive", "train", "judge"]


def scan_table(scans, statuses, used):
    """A data frame with a row for each of ``scans`` named in ``used``, in that order.

    Columns: those of OURS (``train`` and ``judge`` say what its visit is for), ``label_<name>`` with its class in each
    label of the study (empty where it has none), the label columns and covariates as the table spells them (``_text``
    is added to a name that is used here already), ``brain_volume_ml`` (of the head as it was acquired, from the first
    input that measured it), and every other measure of an input as ``<measure>_<input>``.
    """
    named = {scan.scan: scan for scan in scans if not scan.stage}
    labels = dict.fromkeys(name for scan in named.values() for name in scan.labels)
    rows = []
    for name in used:
        scan = named[name]
        row = {column: getattr(scan, column) for column in OURS}
        row |= {f"label_{label}": scan.labels.get(label) for label in labels}
        row |= {f"{column}_text" if column in row else column: cell for column, cell in scan.cells.items()}
        rows.append(row)
    table = pd.DataFrame(rows)
    for label in labels:
        held = [named[one].labels[label] for one in used if label in named[one].labels]
        whole = all(isinstance(value, int) for value in held)
        table[f"label_{label}"] = table[f"label_{label}"].astype("Int64" if whole else float)
    return table.merge(_measures(statuses), on="scan", how="left", validate="one_to_one")


def _measures(statuses):
    rows = {}
    for status in statuses:
        row = rows.setdefault(status["scan"], {"scan": status["scan"]})
        for measure, value in status["measures"].items():
            if measure == "brain_volume_ml":
                row.setdefault(measure, value)
            else:
                row[f"{measure}_{status['input']}"] = value
    return pd.DataFrame(list(rows.values()), columns=None if rows else ["scan"])
