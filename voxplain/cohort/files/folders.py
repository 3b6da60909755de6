"""An unpacked folder of a user, read as an archive is: names, finding by name, first bytes, extraction.

Links in it are followed, because it is the user's own and data sets are kept so; a folder that is reached twice is
listed once.
"""

import hashlib
import os
from functools import cached_property
from pathlib import Path

from voxplain.cohort.files.listing import OTHER_CASE, Listing, Member, absent, differing, folded, leads_out
from voxplain.cohort.files.nested import reading
from voxplain.cohort.files.unpacking import BLOCK
from voxplain.cohort.wording import shown
from voxplain.errors import InputError
from voxplain.runtime import written_whole


class Folder:
    """A folder on the disk; InputError where it cannot be read. Hidden folders in it (``.git``) are not looked at."""

    def __init__(self, path):
        self.folder = Path(path)
        with reading(self._called()):
            os.scandir(self.folder).close()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        pass

    def names(self):
        """Names of all files below, sorted, with ``/`` between their parts."""
        return list(self._names)

    def find(self, name):
        """The Member called ``name``, else the one called so in other case, else the one that lies a folder deeper.

        ``name`` may begin with the folder's own name, as ``100307/T1w/...`` in the folder ``100307``. Raises InputError
        where there is none, where there are several, and where it is empty.
        """
        real = self._real(name)
        with reading(f"{self._called()}: {shown(real)}"):
            size = self.folder.joinpath(real).stat().st_size
        if not size:
            raise InputError(f"{self._called()}: {shown(real)}: empty (0 bytes); put the file back as it was")
        return Member("", real, size, None)

    def path(self, name):
        """The path on the disk of the file ``name``; InputErrors as ``find``."""
        return self.folder / self.find(name).name

    def head(self, name, count):
        """The first ``count`` bytes of the file ``name``."""
        member = self.find(name)
        with reading(f"{self._called()}: {member}"), self.folder.joinpath(member.name).open("rb") as file:
            return file.read(count)

    def extract(self, name, destination):
        """Write the file ``name`` to the file ``destination``, whole or not at all; its Member and SHA-256."""
        member, digest = self.find(name), hashlib.sha256()
        with written_whole(destination) as part, part.open("wb") as file:
            for block in self._blocks(member):
                digest.update(block)
                file.write(block)
        return member, digest.hexdigest()

    def checks(self, names):
        """Size and time of the last change of each of ``names``."""
        told = []
        for name in names:
            try:
                found = self.folder.joinpath(self._real(name)).stat()
            except (InputError, OSError):
                told.append("absent")
            else:
                told.append(f"{found.st_size}.{found.st_mtime_ns}")
        return told

    def _blocks(self, member):
        with reading(f"{self._called()}: {member}"), self.folder.joinpath(member.name).open("rb") as file:
            while block := file.read(BLOCK):
                yield block

    def _called(self):
        return shown(self.folder.name or self.folder)

    def _real(self, name):
        """The name as it is spelt in the folder."""
        # A file that is named exactly is found without listing the folder, which may be a whole cohort.
        with reading(f"{self._called()}: {shown(name)}"):
            whole = None if leads_out(name) else self.folder / name
            if whole and whole.is_file():
                return name
            found = self._meant(name)
            if len(found) > 1:
                members = [Member("", one, 0, None) for one in found]
                raise InputError(f"{self._called()}: {differing(name, members)}")
            if found:
                return found[0]
            if whole and whole.is_dir():
                raise InputError(f"{self._called()}: {shown(name)}: a folder, not a file; set cohort.members")
            if whole and whole.is_symlink():
                raise InputError(f"{self._called()}: {shown(name)}: a link to what is not there; get the file first")
        raise InputError(f"{self._called()}: {absent(name, self._names)}")

    def _meant(self, name):
        closeness, found = self._listing.meant(name)
        own, _, below = name.partition("/")
        if closeness > OTHER_CASE and below and folded(own) == folded(self.folder.resolve().name):
            nearer, inside = self._listing.meant(below)
            return inside if nearer <= OTHER_CASE else found
        return found

    @cached_property
    def _listing(self):
        return Listing((name, name) for name in self._names)

    @cached_property
    def _names(self):
        names, seen, folders, links = [], set(), [""], []
        while folders or links:
            # Links come last, so that what lies in the folder itself is listed where it lies.
            below = folders.pop() if folders else links.pop(0)
            for entry in self._entries(below, seen):
                name = f"{below}/{entry.name}" if below else entry.name
                if entry.is_file():
                    names.append(name)
                elif entry.is_dir() and not entry.name.startswith("."):
                    (links if entry.is_symlink() else folders).append(name)
        return sorted(names)

    def _entries(self, below, seen):
        """What lies in a folder not ``seen`` yet; nothing where it cannot be read, which says so when it is wanted."""
        try:
            place = self.folder.joinpath(below).stat()
            if (place.st_dev, place.st_ino) in seen:
                return []
            seen.add((place.st_dev, place.st_ino))
            with os.scandir(self.folder / below) as entries:
                return sorted(entries, key=lambda entry: entry.name)
        except OSError:
            return []
