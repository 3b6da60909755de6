"""Make one NIfTI volume of the DICOM series of one scan; a bad series ends as a status with the reason."""

import logging
from pathlib import Path

from voxplain.cohort.dicom.converted import convert_scan
from voxplain.runtime import rule_log, write_status

if __name__ == "__main__":
    with rule_log(snakemake):
        status = convert_scan(
            snakemake.params.container,
            snakemake.params.prefix,
            snakemake.wildcards.scan,
            Path(snakemake.output.status).parent,
            snakemake.params.timeout,
        )
        for note in status["sources"].get("T1w", {}).get("notes", []):
            logging.getLogger("voxplain").info("%s: %s", status["scan"], note)
        write_status(snakemake.output.status, status)
