"""List the measures of every used scan's subject that a model may learn from, and every column with what it is."""

import pandas as pd

from voxplain.cohort.tables.features import read_features
from voxplain.runtime import rule_log, written_whole


def tabulate_features(scans, settings, labels):
    """The features of the used scans, and a table of columns: kept, flagged or left out, and why.

    ``scans`` is the path of the table of the used scans, ``settings`` the section ``cohort.features``, ``labels`` the
    columns that labels are made from. A scan whose subject has no row, or several, has no features.
    """
    used = pd.read_csv(scans, sep="\t", dtype=str)[["scan", "source_id"]]
    found = read_features(settings["path"], settings.get("id_column") or "Subject", settings.get("columns"), labels)
    table = used.merge(found.table, left_on="source_id", right_index=True, how="left").drop(columns="source_id")
    flags = dict(found.flags)
    missing = table.drop(columns="scan").isna().sum()
    rows = [
        (column, "flagged" if column in flags else "kept", flags.get(column, ""), int(missing[column]))
        for column in found.table.columns
    ]
    rows += [(column, "left out", reason, "") for column, reason in found.left_out]
    rows += [(f"(row {one})", "left out", reason, "") for one, reason in found.problems]
    return table, pd.DataFrame(rows, columns=["column", "status", "reason", "scans_without"])


if __name__ == "__main__":
    with rule_log(snakemake):
        features, columns = tabulate_features(snakemake.input.scans, snakemake.params.features, snakemake.params.labels)
        for content, file in ((features, snakemake.output.features), (columns, snakemake.output.columns)):
            with written_whole(file) as path:
                content.to_csv(path, sep="\t", index=False)
