"""List the scans of a test cohort with their classes and measures, and every scan of it left out with the reason."""

import json
from pathlib import Path

from voxplain.cohort.images import Image
from voxplain.cohort.joined import scan_table
from voxplain.cohort.ledger import make_ledger, used_scans
from voxplain.cohort.other_cohorts import named_of_cohort
from voxplain.cohort.scans import selected_scans
from voxplain.cohort.tables.rows import study_table
from voxplain.runtime import rule_log, written_whole


def tabulate_cohort(name, images, table, statuses, settings):
    """The table of the used scans of the cohort ``name`` and its ledger, both with a column ``cohort``.

    ``images`` are the fields of every image that was found, ``table`` the path of the cohort's table, ``statuses`` the
    paths of the status files of every input, ``settings`` those of the cohort as if it were a study.
    """
    rows = study_table(settings["cohort"], table)
    scans = named_of_cohort(selected_scans([Image(**one) for one in images], rows, settings), name)
    read = [json.loads(Path(status).read_text()) for status in statuses]
    ledger = make_ledger(scans, read)
    return scan_table(scans, read, used_scans(ledger)).assign(cohort=name), ledger.assign(cohort=name)


if __name__ == "__main__":
    with rule_log(snakemake):
        given, asked = snakemake.input, snakemake.params
        name = snakemake.wildcards.cohort
        scans, ledger = tabulate_cohort(name, asked.images, given.table, given.statuses, asked.settings)
        for content, file in ((scans, snakemake.output.scans), (ledger, snakemake.output.ledger)):
            with written_whole(file) as path:
                content.to_csv(path, sep="\t", index=False)
