"""Look at every archive without extracting anything, and say what the study would use, what not, and why."""

import time

import pandas as pd

from voxplain.cohort.checking import check_lines, check_scans
from voxplain.cohort.images import Image
from voxplain.cohort.scans import selected_scans
from voxplain.cohort.tables.labels import Label
from voxplain.cohort.tables.rows import study_table
from voxplain.runtime import rule_log, written_whole

COLUMNS = ["scan", "source_id", "image_id", "visit", "archive", "status", "stage", "reason", "shape", "spacing_mm"]


def check_cohort(images, table, settings, *, study, mask, form):
    """A table with a row a scan, and the lines that say what is in it; arguments as tabulate_scans and check_scans."""
    begun = time.monotonic()
    rows = study_table(settings["cohort"], table)
    checked = check_scans(selected_scans([Image(**one) for one in images], rows, settings), mask=mask, form=form)
    names = {name: Label(name, one).names for name, one in settings["cohort"]["labels"].items()}
    lines = check_lines(study, settings["cohort"]["source"], checked, time.monotonic() - begun, names, rows.notes)
    return pd.DataFrame([_row(one) for one in checked], columns=COLUMNS), list(lines)


def _row(checked):
    scan = checked.scan
    about = (scan.scan, scan.source_id, scan.image_id, scan.visit, scan.archive)
    verdict = ("would be excluded" if scan.stage else "would be used", scan.stage, scan.reason)
    return *about, *verdict, " ".join(map(str, checked.shape)), " ".join(f"{one:.4g}" for one in checked.spacing)


if __name__ == "__main__":
    with rule_log(snakemake):
        table, lines = check_cohort(
            snakemake.params.images,
            snakemake.input.table,
            snakemake.params.settings,
            study=snakemake.wildcards.study,
            mask=snakemake.params.mask,
            form=snakemake.params.form,
        )
        with written_whole(snakemake.output.scans) as path:
            table.to_csv(path, sep="\t", index=False)
        with written_whole(snakemake.output.told) as path:
            path.write_text("\n".join([*lines, f"every scan is in {snakemake.output.scans}", ""]))
