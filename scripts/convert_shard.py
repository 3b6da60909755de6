"""Make one NIfTI volume of the DICOM series of each scan of a shard; a bad series ends as a status with the reason."""

from pathlib import Path

from voxplain.cohort.dicom.converted import convert_scan
from voxplain.cohort.files.containers import refuse_if_gone
from voxplain.cohort.shard_jobs import digest, status_in, work_on_shard
from voxplain.runtime import rule_log, write_status


def convert_shard(scans, series, states, volumes, listing, *, code, timeout=600):
    """Leave below ``volumes`` what convert_scan does of each of ``scans``, and at ``listing`` where their statuses lie.

    ``series`` holds by scan its container and the prefix in it, ``states`` what its files are; where neither these nor
    ``code`` changed since an earlier run, a series is not read again.
    """
    statuses = {scan: status_in(volumes, scan, "source") for scan in scans}

    def convert(scan):
        refuse_if_gone([series[scan]])
        path = statuses[scan]
        write_status(path, convert_scan(*series[scan], scan, path.parent, timeout))

    keys = {scan: digest(list(series[scan]), states[scan], code) for scan in scans}
    work_on_shard(statuses, keys, convert, listing, "converted")


if __name__ == "__main__":
    with rule_log(snakemake):
        asked, listing = snakemake.params, Path(snakemake.output.statuses)
        convert_shard(
            asked.scans,
            asked.series,
            asked.states,
            listing.parents[1],
            listing,
            code=asked.code,
            timeout=asked.timeout,
        )
