"""List every scan with its measures and how far each lies from the rest of the cohort, the worst first."""

import json
from pathlib import Path

from voxplain.cohort.shard_jobs import status_paths
from voxplain.runtime import rule_log, written_whole
from voxplain.volumes.outliers import quality_table


def tabulate_quality(statuses):
    """The table of the scans and inputs that the status files ``statuses`` tell of, as a data frame."""
    return quality_table([json.loads(Path(status).read_text()) for status in statuses])


if __name__ == "__main__":
    with rule_log(snakemake):
        table = tabulate_quality(status_paths(snakemake.input.statuses))
        with written_whole(snakemake.output.table) as path:
            table.to_csv(path, sep="\t", index=False)
