"""The wanted files of one scan, found in whichever of its archives and folders holds them."""

import hashlib
import os
import zlib
from pathlib import Path

from voxplain.cohort.files.checksums import checked_md5
from voxplain.cohort.files.containers import opened
from voxplain.cohort.files.folders import Folder
from voxplain.cohort.files.nested import reading
from voxplain.cohort.wording import shown
from voxplain.errors import InputError

GZIP = b"\x1f\x8b"
BLOCK = 1 << 20


class Found:
    """One wanted file: the container that holds it and its Member there."""

    def __init__(self, container, name, member):
        self.container, self.name, self.member = container, name, member

    def content(self):
        """Size and CRC-32: an archive's list of contents tells them, a file in a folder is read for it."""
        if self.member.crc is not None:
            return self.member.size, self.member.crc
        with opened(self.container) as held:
            path = held.path(self.name)
            crc = 0
            with reading(path.name), path.open("rb") as file:
                while block := file.read(BLOCK):
                    crc = zlib.crc32(block, crc)
        return self.member.size, crc

    def bring(self, stem):
        """The file's path and what is known of it: out of an archive at ``stem`` with its suffix, in a folder as it is.

        The suffix follows the content, since a name may be wrong about it.
        """
        about = {"member": self.member.name, "inside": self.member.inside, "bytes": self.member.size}
        with opened(self.container) as held:
            if isinstance(held, Folder):
                path = Path(os.path.abspath(held.path(self.name)))
                with reading(path.name), path.open("rb") as file:
                    return path, about | {"sha256": hashlib.file_digest(file, "sha256").hexdigest()}
            suffix = ".nii.gz" if held.head(self.name, 2) == GZIP else ".nii"
            path = Path(f"{stem}{suffix}")
            _, sha256 = held.extract(self.name, path)
            return path, about | {"sha256": sha256}


def find_file(kind, candidates):
    """The Found of a wanted file among ``candidates``, pairs of a container and a name in it.

    An archive that cannot be opened counts only where no other one holds the file. Raises InputError where none does,
    and where two hold files that differ.
    """
    found, faults = [], []
    for container, name in candidates:
        try:
            with opened(container) as held:
                found.append(Found(container, name, held.find(name)))
        except InputError as fault:
            faults.append(fault)
    if not found and faults:
        raise min(faults, key=lambda fault: " inside; " in str(fault))
    if not found:
        raise InputError(f"no {kind} is known for this scan; set strip to ants, or give its file")
    if len(found) > 1 and len({one.content() for one in found}) > 1:
        places = ", ".join(shown(Path(one.container).name) for one in found)
        raise InputError(f"different files called {shown(found[0].name)} in {places}; keep one of them")
    return found[0]


def verify(candidates):
    """Read every archive beside which an MD5 stands, once, and hold it against that; InputError where they differ."""
    for container in dict.fromkeys(container for container, _ in candidates):
        if os.path.isfile(container):
            checked_md5(container)
