"""Say in what a test cohort differs from the study, as standardised differences and as the values behind them."""

import pandas as pd

from voxplain.cohort.folds import read_folds
from voxplain.cohort.shift import measured, shift
from voxplain.runtime import rule_log, written_whole
from voxplain.store import Volumes


def measured_cohort(store, scans, folds, columns, input_name, classes=()):
    """What the scans are that ``folds`` deal and ``store`` holds; see voxplain.cohort.shift.

    ``folds`` is a table of folds, ``classes`` what the label's are called; a regression has none.
    """
    dealt = dict(zip(folds["scan"], folds["label"], strict=True))
    labels = {scan: classes[int(one)] if classes else one for scan, one in dealt.items()}
    volumes = Volumes(store, [scan for scan in Volumes(store).scans if scan in dealt])
    return measured(volumes, pd.read_csv(scans, sep="\t", dtype={"scan": str}), labels, columns, input_name)


if __name__ == "__main__":
    with rule_log(snakemake):
        given, asked = snakemake.input, snakemake.params
        how = asked.columns, asked.input_name, asked.classes
        own = measured_cohort(given.own_store, given.own, read_folds(given.own_folds).table, *how)
        dealt = read_folds(given.folds).table
        other = measured_cohort(given.store, given.scans, dealt[dealt["role"] == "test"], *how)
        for content, file in zip(shift(own, other, snakemake.wildcards.cohort), snakemake.output, strict=True):
            with written_whole(file) as path:
                content.to_csv(path, sep="\t", index=False)
