"""The table that all later stages read: one row a used scan, with its class, covariates and measures."""

import pandas as pd


def scan_table(scans, table, statuses, used):
    """A data frame with a row for each of the scans named in ``used``, in that order.

    Columns: scan, subject, session, source_id, archive, label (class), the label column and the covariates of the
    behavioural ``table``, ``brain_volume_ml`` (of the head as it was acquired, from the first input that measured it),
    and every other measure of an input as ``<measure>_<input>``. Arguments as make_ledger takes them.
    """
    fields = {one["scan"]: one for one in scans}
    rows = [
        {key: fields[scan][key] for key in ("scan", "subject", "session", "source_id")}
        | {"archive": fields[scan]["archives"][0]}
        for scan in used
    ]
    joined = pd.DataFrame(rows).merge(table, on="source_id", how="left", validate="many_to_one")
    return joined.merge(_measures(statuses), on="scan", how="left", validate="one_to_one")


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
