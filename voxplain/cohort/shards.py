"""Scans in shards: of a very large cohort one job and one file hold many scans, so that it can still be planned."""

from voxplain.errors import SettingsError

# Beyond this many scans a plan of a job a scan takes minutes; a shard of this size still ends within a night.
UNSHARDED = 5000
SHARD_SIZE = 200


def shards_of(scans, size):
    """``scans`` in lists of ``size``, of which the last may be shorter; one empty list where there are none."""
    scans = list(scans)
    return [scans[start : start + size] for start in range(0, len(scans), size)] or [[]]


def planned_shards(settings, scans):
    """The names of the scans of each shard by its number, four digits; empty where each scan has a job of its own.

    ``scans`` are the Scans that will be prepared. DICOM series have shards of their own: they need another tool.
    Raises SettingsError where ``cohort.shard_size`` meets a tool that takes one scan a job, or all in one.
    """
    size, alone = settings["cohort"]["shard_size"], _alone(settings["inputs"])
    if size and alone:
        raise SettingsError(
            f"cohort.shard_size is {size}, but inputs.{alone[0]} uses {alone[1]}, which has jobs of its own; "
            "set cohort.shard_size to null, or take another tool"
        )
    if not size and (alone or len(scans) <= UNSHARDED):
        return {}
    kinds = [sorted(scan.scan for scan in scans if bool(scan.dicom) == dicom) for dicom in (False, True)]
    shards = [shard for kind in kinds if kind for shard in shards_of(kind, size or SHARD_SIZE)]
    return {f"{number:04d}": shard for number, shard in enumerate(shards, 1)}


def _alone(inputs):
    """The first input, and its tool, of which a job cannot hold the scans of a shard."""
    for name, one in inputs.items():
        if one["engine"] != "ants":
            return name, one["engine"]
        if one["strip"] in ("hd-bet", "synthstrip"):
            return name, one["strip"]
    return None
