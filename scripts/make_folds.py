"""Deal the subjects of one label into folds: stratified by class, no subject in two, the same for the same seed."""

from pathlib import Path

import pandas as pd

from voxplain.cohort import folds
from voxplain.cohort.tables.given import given_split
from voxplain.runtime import rule_log, written_whole


def make_folds(scans, label, settings):
    """The role of every scan that has a class in ``label``, in every split.

    ``scans`` is the path of the table of the used scans, ``settings`` the section ``folds``.
    """
    table = pd.read_csv(scans, sep="\t", dtype={"scan": str, "subject": str, "source_id": str})
    table = table.dropna(subset=f"label_{label}").rename(columns={f"label_{label}": "label"}).astype({"label": int})
    files = {role: Path(path) for role, path in (settings["given"] or {}).items() if path}
    if files:
        return folds.given_folds(table, given_split(files), settings["seed"], settings["validation"])
    return folds.make_folds(table, **{key: settings[key] for key in ("k", "repeats", "seed", "validation")})


if __name__ == "__main__":
    with rule_log(snakemake):
        table = make_folds(snakemake.input.scans, snakemake.wildcards.label, snakemake.params.folds)
        with written_whole(snakemake.output.folds) as path:
            table.to_csv(path, sep="\t", index=False)
