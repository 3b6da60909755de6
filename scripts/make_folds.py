"""Deal the subjects of one label into folds: stratified by class, no subject in two, the same for the same seed."""

import json
from pathlib import Path

import pandas as pd

from voxplain.cohort import folds
from voxplain.cohort.tables.given import given_split
from voxplain.runtime import rule_log, written_whole

COLUMNS = ["scan", "subject", "source_id", "train", "judge", "label"]


def make_folds(table, settings):
    """The role of every scan of ``table`` in every split; see voxplain.cohort.folds.

    ``table`` has the columns COLUMNS, ``settings`` is the section ``folds``.
    """
    files = {role: Path(path) for role, path in (settings["given"] or {}).items() if path}
    if files:
        return folds.given_folds(table, given_split(files), settings["seed"], settings["validation"])
    return folds.make_folds(table, **{key: settings[key] for key in ("k", "repeats", "seed", "validation")})


def labelled_scans(path, label):
    """The scans of the table of the used scans that have a class in ``label``."""
    table = pd.read_csv(path, sep="\t", dtype={"scan": str, "subject": str, "source_id": str})
    table = table.dropna(subset=f"label_{label}").rename(columns={f"label_{label}": "label"})
    return table.astype({"label": int})


def accepted_scans(planned, statuses):
    """Those of the ``planned`` scans, one mapping each, that every one of the status files accepts."""
    read = [json.loads(Path(status).read_text()) for status in statuses]
    refused = {status["scan"] for status in read if not status["accepted"]}
    return pd.DataFrame([row for row in planned if row["scan"] not in refused], columns=COLUMNS)


if __name__ == "__main__":
    with rule_log(snakemake):
        given, planned = snakemake.input, snakemake.params.planned
        if planned is None:
            scans = labelled_scans(given.scans, snakemake.wildcards.label)
        else:
            scans = accepted_scans(planned, given.get("statuses", []))
        table = make_folds(scans, snakemake.params.folds)
        with written_whole(snakemake.output.folds) as path:
            table.to_csv(path, sep="\t", index=False)
