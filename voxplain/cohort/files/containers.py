"""What holds a subject's files, whichever way: an archive or an unpacked folder, read in the same words."""

import os
from pathlib import Path

from voxplain.cohort.files.archives import Archive
from voxplain.cohort.files.folders import Folder
from voxplain.cohort.files.nested import reading
from voxplain.cohort.wording import shown
from voxplain.errors import InputError


def opened(path):
    """The Archive or the Folder at ``path``, to be used in a ``with``; InputError where there is neither.

    Both have ``names``, ``find``, ``head``, ``extract`` and ``checks``.
    """
    path = Path(path)
    with reading(shown(path.name)):
        if path.is_dir():
            return Folder(path)
        if path.exists() and not path.is_file():
            raise InputError(f"{shown(path.name)}: neither a file nor a folder; set cohort.archives to the archives")
        return Archive(path)


def fingerprint(container, names):
    """Text that changes when the archive or folder or one of its files ``names`` does, without reading contents.

    For an archive it is the size of the file and the CRC-32 of each wanted member (or of the packed zips that may hold
    it); for a folder size and time of each wanted file; or ``unreadable``.
    """
    try:
        with opened(container) as held:
            whole = [] if isinstance(held, Folder) else [str(held.path.stat().st_size)]
            return "-".join([*whole, *held.checks(names)])
    except InputError:
        return "unreadable"


def refuse_if_gone(candidates):
    """Raise InputError where no container of ``candidates``, pairs of one and a name in it, is there any more.

    One was there when the run was planned: a machine without it lost a disk, which is no fault of the scan.
    """
    containers = list(dict.fromkeys(container for container, _ in candidates))
    if containers and not any(map(_holds_something, containers)):
        raise InputError(
            f"{shown(containers[0], 500)}: it was there when the run was planned; see to the disks of "
            f"{os.uname().nodename} and run again"
        )


def _holds_something(container):
    if not os.path.isdir(container):
        return os.path.isfile(container)
    # where a disk is not mounted lies an empty folder
    with os.scandir(container) as entries:
        return any(True for _ in entries)
