"""The scans of one shard, one after the other in one job, of which a killed job loses none that was finished."""

import hashlib
import json
import logging
import multiprocessing
import os
import sys
from pathlib import Path

from voxplain.disk_faults import disk_fault
from voxplain.errors import InputError, VoxplainError
from voxplain.runtime import progress, written_whole

log = logging.getLogger("voxplain")


def status_paths(paths):
    """Files of what became of each scan, in place of every list of a shard among ``paths``; others as they are.

    Raises InputError for one that a list names and that is no longer there.
    """
    found = []
    for path in paths:
        if Path(path).name.endswith("_status.json"):
            found.append(str(path))
        else:
            listed = json.loads(Path(path).read_text())["statuses"]
            of_shard = [os.path.normpath(Path(path).parent / one["path"]) for one in listed]
            if gone := [one for one in of_shard if not Path(one).is_file()]:
                lists = f"{Path(path).parent}/*_shard-{Path(path).stem.rpartition('-')[2]}.json"
                raise InputError(
                    f"{gone[0]}: it is not there; remove {lists} and run again, which makes what is missing"
                )
            found += of_shard
    return found


def status_in(volumes, scan, name):
    """Where the status of ``scan`` in the input ``name`` lies below the folder ``volumes``."""
    return Path(volumes) / scan.replace("_", "/") / "anat" / f"{scan}_desc-{name}_status.json"


def digest(*parts):
    """Sixteen hexadecimal digits of values that JSON can hold and of the contents of files, given as `Path`."""
    known = hashlib.blake2b(digest_size=8)
    for part in parts:
        known.update(part.read_bytes() if isinstance(part, Path) else json.dumps(part, sort_keys=True).encode())
        known.update(b"\0")
    return known.hexdigest()


def work_on_shard(statuses, keys, work, listing, label=""):
    """Let ``work(scan)`` leave the status of every scan whose key is not that of its last time; then write the list.

    ``statuses`` holds by scan where its status lies, ``keys`` by scan a digest of all that it is made from. Each scan
    is worked on in a process of its own: one that is killed, or whose work fails, does not keep the others from
    theirs. What is finished is noted in a hidden file beside ``listing`` at once, so that a job that is begun again
    goes on where it was; scans at which an earlier one ended come last. Raises InputError in the end where some failed.
    """
    listing = Path(listing)
    listing.parent.mkdir(parents=True, exist_ok=True)
    notes = listing.with_name(f".{listing.name}.notes")
    finished, begun = _noted(notes)
    wanted = [scan for scan in statuses if finished.get(scan) != keys[scan] or not Path(statuses[scan]).is_file()]
    wanted.sort(key=lambda scan: begun.get(scan) == keys[scan] != finished.get(scan))
    if len(wanted) < len(statuses):
        log.info("%s: %d of %d scans are as they should be already", label, len(statuses) - len(wanted), len(statuses))
    failed = []
    with open(notes, "a") as file:
        for scan in progress(wanted, label=label):
            _note(file, "begun", scan, keys[scan])
            if _ended_well(work, scan):
                _note(file, "finished", scan, keys[scan])
            else:
                failed.append(scan)
    if failed:
        raise InputError(
            f"{listing.stem}: {len(failed)} of {len(statuses)} scans ended without a status, the first {failed[0]}; "
            "the others are finished and kept; see above, and run it again"
        )
    with written_whole(listing) as part:
        part.write_text(json.dumps({"statuses": [_told(listing, statuses[scan]) for scan in statuses]}, indent=1))


def _ended_well(work, scan):
    """Whether ``work(scan)`` ended well in a process of its own, which shares what is already loaded."""
    process = multiprocessing.get_context("fork").Process(target=_told_faults, args=(work, scan), daemon=True)
    process.start()
    process.join()
    if process.exitcode:
        log.error("%s: ended with code %d and without a status", scan, process.exitcode)
    return process.exitcode == 0


def _told_faults(work, scan):
    # left to multiprocessing a fault would stand on the terminal alone, with all ids, and not in the log
    try:
        work(scan)
    except Exception as fault:
        reason = fault if isinstance(fault, VoxplainError) else disk_fault(fault)
        log.error("%s: %s", scan, reason or "it broke", exc_info=reason is None)
        sys.exit(1)


def _told(listing, status):
    # The digest makes the list another one when a status is
    path = Path(status)
    return {"path": os.path.relpath(path, listing.parent), "digest": digest(path)}


def _note(file, what, scan, key):
    file.write(f"{what}\t{scan}\t{key}\n")
    file.flush()
    os.fsync(file.fileno())


def _noted(notes):
    """Keys by scan of what was finished and of what was begun; a line that was cut short counts for nothing."""
    known = {"finished": {}, "begun": {}}
    for line in notes.read_text().splitlines() if notes.is_file() else []:
        what, _, rest = line.partition("\t")
        scan, _, key = rest.partition("\t")
        if what in known and len(key) == 16:
            known[what][scan] = key
    return known["finished"], known["begun"]
