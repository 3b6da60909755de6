"""What holds a subject's files, whichever way: an archive or an unpacked folder, read in the same words."""

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
