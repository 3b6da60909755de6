"""Take the wanted files of one scan out of its archive; a bad archive ends as a status with the reason."""

from pathlib import Path

from voxplain.cohort.files.extracted import extract_scan
from voxplain.runtime import rule_log, write_status

if __name__ == "__main__":
    with rule_log(snakemake):
        status = extract_scan(
            snakemake.params.places,
            snakemake.wildcards.scan,
            Path(snakemake.output.status).parent,
            mask=snakemake.params.mask,
            verify_md5=snakemake.params.verify_md5,
        )
        write_status(snakemake.output.status, status)
