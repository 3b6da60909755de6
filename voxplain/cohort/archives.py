"""One wanted file out of an archive of a gigabyte, read by seeking: nothing else is unpacked or even looked at.

The wanted member may lie in the archive itself or in a zip inside it, one level down, as in the archives of whole
subjects that the Human Connectome Project ships.
"""

import hashlib
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from voxplain.cohort.nested import blocks, is_stored, open_zip, reading, unpacked, zip_in_place, zips_inside
from voxplain.cohort.scans import id_in_name
from voxplain.cohort.wording import nearest, shown
from voxplain.errors import InputError
from voxplain.runtime import written_whole


@dataclass(frozen=True)
class Member:
    """A file inside an archive: the zip inside it that holds it (or ``""``), its name, bytes unpacked, CRC-32."""

    inside: str
    name: str
    size: int
    crc: int


def find_member(archive, source_id, member):
    """Where ``<source_id>/<member>`` lies in ``archive``; InputErrors as Archive.find."""
    with Archive(archive) as opened:
        return opened.find(f"{source_id}/{member}")


def extract_member(archive, name, destination):
    """Write the member ``name`` (``100307/T1w/...``) to the file ``destination``; as Archive.extract."""
    with Archive(archive) as opened:
        return opened.extract(name, destination)


def fingerprint(archive, cohort):
    """Text that changes when the archive or one of its wanted members does, read from the lists of contents alone.

    It is the size of the file and the CRC-32 of each wanted member (or of the packed zips that may hold it), or
    ``unreadable``. ``cohort`` is the section of the settings.
    """
    names = [f"{id_in_name(archive)}/{member}" for member in cohort["members"].values() if member]
    try:
        with Archive(archive) as opened:
            return "-".join([str(Path(archive).stat().st_size), *opened.checks(names)])
    except InputError:
        return "unreadable"


class Archive:
    """A zip file on the disk, opened for finding and extracting members; InputError where it cannot be."""

    def __init__(self, path):
        self.path = Path(path)
        self.inner = {}
        with ExitStack() as stack:
            with reading(self.path.name):
                self.file = stack.enter_context(self.path.open("rb"))
            self.contents = open_zip(self.file, self.path.name)
            self.stack = stack.pop_all()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.stack.close()

    def find(self, name):
        """The Member called ``name``; the archive's own comes before one in a zip inside it.

        Raises InputError where there is none, or where two zips inside the archive hold different ones.
        """
        return self._located(name)[0]

    def extract(self, name, destination):
        """Write the member ``name`` to the file ``destination``, whole or not at all; its Member and SHA-256.

        Memory is independent of the sizes of archive and member. A name inside the archive never decides where
        something is written. Raises InputError as ``find``, and for content that does not match its CRC-32.
        """
        member, contents, entry = self._located(name)
        digest = hashlib.sha256()
        with written_whole(destination) as part, part.open("wb") as file:
            for block in blocks(contents, entry, f"{self.path.name}: {shown(name)}"):
                digest.update(block)
                file.write(block)
        return member, digest.hexdigest()

    def checks(self, names):
        """CRC-32 of each of ``names`` that can be found without unpacking, and of what may hold the others."""
        complete = all(_entry(self.contents, name) for name in names)
        inner = [] if complete else zips_inside(self.contents)
        zips = [self.contents, *(self._opened(entry) for entry in inner if is_stored(entry))]
        found = [next(filter(None, (_entry(contents, name) for contents in zips)), None) for name in names]
        unseen = [entry for entry in inner if not is_stored(entry)]
        return [f"{entry.CRC:08x}" if entry else "absent" for entry in [*found, *unseen]]

    def _located(self, name):
        entry = _entry(self.contents, name)
        if entry:
            return Member("", name, entry.file_size, entry.CRC), self.contents, entry
        hits, faults, names = [], [], self.contents.namelist()
        for inner in zips_inside(self.contents):
            if hits and not is_stored(inner):
                break
            try:
                contents = self._opened(inner)
            except InputError as fault:
                faults.append(fault)
                continue
            names += contents.namelist()
            entry = _entry(contents, name)
            if entry:
                hits.append((Member(inner.filename, name, entry.file_size, entry.CRC), contents, entry))
        if len({(member.size, member.crc) for member, _, _ in hits}) > 1:
            places = ", ".join(shown(member.inside) for member, _, _ in hits)
            raise InputError(f"{self.path.name}: different files called {shown(name)} in {places}; keep one of them")
        if hits:
            return hits[0]
        if faults:
            raise faults[0]
        count = f"{len(names)} member{'s' * (len(names) > 1)}"
        held = f"nearest of its {count}: {nearest(name, names)}" if names else "it holds nothing"
        raise InputError(f"{self.path.name}: no {shown(name)} inside; {held}; set cohort.members")

    def _opened(self, entry):
        if entry.filename not in self.inner:
            name = f"{self.path.name}: {shown(entry.filename)}"
            if is_stored(entry):
                self.inner[entry.filename] = zip_in_place(self.file, entry, name)
            else:
                file = self.stack.enter_context(unpacked(self.contents, entry, name))
                self.inner[entry.filename] = open_zip(file, name)
        return self.inner[entry.filename]


def _entry(contents, name):
    try:
        return contents.getinfo(name)
    except KeyError:
        return None
