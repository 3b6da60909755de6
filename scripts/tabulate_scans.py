"""Join scans, behavioural table and measures; list every scan that was left out, and why."""

import json
from pathlib import Path

from voxplain.cohort.joined import scan_table
from voxplain.cohort.ledger import make_ledger, used_scans
from voxplain.cohort.table import read_table
from voxplain.runtime import rule_log, written_whole


def tabulate_scans(scans, table, statuses, cohort):
    """The table of the used scans and the ledger of all, as data frames.

    ``scans`` are the fields of every planned scan, ``table`` the path of the behavioural table, ``statuses`` the paths
    of the status files of every input, ``cohort`` the section of the settings.
    """
    subjects, problems = read_table(table, cohort)
    read = [json.loads(Path(status).read_text()) for status in statuses]
    ledger = make_ledger(scans, subjects, problems, read, cohort.get("leave_out", ()))
    return scan_table(scans, subjects, read, used_scans(ledger)), ledger


if __name__ == "__main__":
    with rule_log(snakemake):
        scans, ledger = tabulate_scans(
            snakemake.params.scans, snakemake.input.table, snakemake.input.statuses, snakemake.params.cohort
        )
        for content, file in ((scans, snakemake.output.scans), (ledger, snakemake.output.ledger)):
            with written_whole(file) as path:
                content.to_csv(path, sep="\t", index=False)
