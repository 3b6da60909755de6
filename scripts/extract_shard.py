"""Take the wanted files of a shard's scans out of their archives; a bad archive ends as a status with the reason."""

from pathlib import Path

from voxplain.cohort.files.containers import refuse_if_gone
from voxplain.cohort.files.extracted import extract_scan
from voxplain.cohort.shard_jobs import digest, status_in, work_on_shard
from voxplain.runtime import rule_log, write_status


def extract_shard(scans, places, states, volumes, listing, *, code, mask=False, verify_md5=True):
    """Leave below ``volumes`` what extract_scan does of each of ``scans``, and at ``listing`` where their statuses lie.

    ``places`` and ``states`` hold by scan what extract_scan takes and what its files are; where neither these nor
    ``code`` changed since an earlier run, a scan is not read again.
    """
    statuses = {scan: status_in(volumes, scan, "source") for scan in scans}

    def extract(scan):
        refuse_if_gone(places[scan]["T1w"])
        path = statuses[scan]
        write_status(path, extract_scan(places[scan], scan, path.parent, mask=mask, verify_md5=verify_md5))

    keys = {scan: digest(places[scan], states[scan], code, mask, verify_md5) for scan in scans}
    work_on_shard(statuses, keys, extract, listing, "extracted")


if __name__ == "__main__":
    with rule_log(snakemake):
        asked, listing = snakemake.params, Path(snakemake.output.statuses)
        extract_shard(
            asked.scans,
            asked.places,
            asked.states,
            listing.parents[1],
            listing,
            code=asked.code,
            mask=asked.mask,
            verify_md5=asked.verify_md5,
        )
