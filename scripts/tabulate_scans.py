"""Join scans, tables and measures; list every scan that was left out, and why."""

import json
import logging
from pathlib import Path

from voxplain.cohort.dealing.matched import without_broken_sets
from voxplain.cohort.images import Image
from voxplain.cohort.joined import scan_table
from voxplain.cohort.ledger import make_ledger, used_scans
from voxplain.cohort.ratings import rated_out
from voxplain.cohort.scans import selected_scans
from voxplain.cohort.shard_jobs import status_paths
from voxplain.cohort.tables.rows import study_table
from voxplain.runtime import rule_log, written_whole


def tabulate_scans(images, table, statuses, settings, ratings=None):
    """The table of the used scans and the ledger of all, as data frames.

    ``images`` are the fields of every image that was found, ``table`` the path of the study's table, ``statuses`` the
    paths of the status files of every input, ``settings`` the sections study, cohort, experiments and folds,
    ``ratings`` the path of somebody's ratings of the scans, if there are any.
    """
    rows = study_table(settings["cohort"], table)
    for note in rows.notes:
        logging.getLogger("voxplain").warning(note)
    scans = selected_scans([Image(**one) for one in images], rows, settings)
    read = [json.loads(Path(status).read_text()) for status in statuses]
    rated = rated_out(ratings, [scan.scan for scan in scans]) if ratings else {}
    refused = {status["scan"] for status in read if not status["accepted"]}
    scans = without_broken_sets(scans, refused | set(rated))
    ledger = make_ledger(scans, read, rated)
    return scan_table(scans, read, used_scans(ledger)), ledger


if __name__ == "__main__":
    with rule_log(snakemake):
        scans, ledger = tabulate_scans(
            snakemake.params.images,
            snakemake.input.table,
            status_paths(snakemake.input.statuses),
            snakemake.params.settings,
            snakemake.input.get("ratings"),
        )
        for content, file in ((scans, snakemake.output.scans), (ledger, snakemake.output.ledger)):
            with written_whole(file) as path:
                content.to_csv(path, sep="\t", index=False)
