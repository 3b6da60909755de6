"""Show what ran, on whom, what came out, and whether to believe it, on pages that open offline."""

from pathlib import Path

from voxplain.report import page
from voxplain.runtime import rule_log


def write_report(index, results_folder, settings, threads=1):
    """Write the page ``index`` of the study whose files lie below ``results_folder``; its folder is emptied first."""
    page.write_report(Path(index).parent, results_folder, settings, threads)


if __name__ == "__main__":
    with rule_log(snakemake):
        index = Path(snakemake.output.index)
        write_report(index, index.parents[1], snakemake.params.settings, snakemake.threads)
