"""One wanted file out of an archive of a gigabyte, read by seeking: nothing else is unpacked or even looked at.

The wanted member may lie in the archive itself or in a zip inside it, one level down, as in the archives of whole
subjects that the Human Connectome Project ships. Nothing that an archive says is trusted: a name inside it never
decides where something is written, and no size that it claims decides how much memory or disk is used.
"""

import hashlib
import io
import zipfile
from contextlib import ExitStack
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from voxplain.cohort.files.listing import ABSENT, EXACT, Member, absent, differing
from voxplain.cohort.files.nested import Window, Zip, is_stored, reading
from voxplain.cohort.files.unpacking import BLOCK, LARGEST_MEMBER, blocks, refuse, unpacked
from voxplain.cohort.wording import shown
from voxplain.errors import InputError
from voxplain.runtime import written_whole

OUTSIDE = 'its name leads out of the archive; zip it again without ".." and without the beginning of the path'


class Place(NamedTuple):
    """A Member, the Zip that holds it, and its entry there."""

    member: Member
    zip: Zip
    entry: zipfile.ZipInfo


class Archive:
    """A zip file on the disk, opened for finding and extracting members; InputError where it cannot be.

    ``largest`` is the most bytes that a member, or all zips packed into the archive together, may unpack to.
    """

    def __init__(self, path, largest=LARGEST_MEMBER):
        self.path, self.largest = Path(path), largest
        self.name = shown(self.path.name)
        self.inner, self.unpacked = {}, 0
        with ExitStack() as stack:
            with reading(self.name):
                file = stack.enter_context(self.path.open("rb"))
                whole = Window(file, 0, file.seek(0, io.SEEK_END))
            self.zip = Zip(whole, self.name)
            self.stack = stack.pop_all()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.stack.close()

    def names(self):
        """Names of all files, sorted, also of those in zips inside that can be read without unpacking them.

        Without symbolic links, and without names that lead out of the archive.
        """
        zips = [self.zip, *(contents for _, contents in self._inside(stored=True))]
        return sorted(set(chain.from_iterable(one.names() for one in zips)))

    def find(self, name):
        """The Member called ``name``, else the one called so in other case, else the one that lies a folder deeper.

        Of equally close ones, the archive's own comes before one in a zip inside it. Raises InputError where there is
        none, where there are several that differ, and for what ``unpacking.refuse`` refuses.
        """
        return self._located(name).member

    def head(self, name, count):
        """The first ``count`` bytes of the member ``name``, or all of it; no more than needed is read or unpacked."""
        place, data = self._located(name), bytearray()
        for block in self._blocks(place, size=max(512, min(count, BLOCK))):
            data += block
            if len(data) >= count:
                break
        return bytes(data[:count])

    def extract(self, name, destination):
        """Write the member ``name`` to the file ``destination``, whole or not at all; its Member and SHA-256.

        Memory is independent of the sizes of archive and member. Raises InputError as ``find``, and for content that
        is not as the archive's list says.
        """
        place, digest = self._located(name), hashlib.sha256()
        with written_whole(destination) as part, part.open("wb") as file:
            for block in self._blocks(place):
                digest.update(block)
                file.write(block)
        return place.member, digest.hexdigest()

    def checks(self, names):
        """CRC-32 of each of ``names`` that can be found without unpacking, and of zips that may hold the others."""
        found = [self._places(name, unpacking=False) for name in names]
        told = ["+".join(sorted({f"{place.entry.CRC:08x}" for place in places})) or "absent" for places in found]
        unseen = [] if all(found) else [one for one in self.zip.zips() if not self._seen_in_place(one)]
        return told + [f"{entry.CRC:08x}" for entry in unseen]

    def _located(self, name):
        places = self._places(name)
        if not places:
            raise self._absence(name)
        if len({(place.member.size, place.member.crc) for place in places}) > 1:
            raise InputError(f"{self.name}: {differing(name, [place.member for place in places])}")
        refuse(places[0].entry, self._called(places[0]), self.largest)
        return places[0]

    def _places(self, name, unpacking=True):
        """All that ``name`` may mean where anything is called so most closely; the packed zips inside come last."""
        closest, places = _closest([("", self.zip)], name)
        if closest > EXACT:
            inside, found = _closest(self._inside(stored=True), name)
            places = found if inside < closest else places
        if not places and unpacking:
            each = (_closest([one], name)[1] for one in self._inside(stored=False))
            places = next(filter(None, each), [])
        return places

    def _inside(self, stored):
        for entry in self.zip.zips():
            if is_stored(entry) == stored and isinstance(contents := self._opened(entry), Zip):
                yield entry.filename, contents

    def _opened(self, entry):
        """The zip that is ``entry``, or the InputError that says why it cannot be read."""
        if entry.header_offset not in self.inner:
            try:
                opened = self.zip.inner(entry) if is_stored(entry) else self._unpacked(entry)
            except InputError as fault:
                opened = fault
            self.inner[entry.header_offset] = opened
        return self.inner[entry.header_offset]

    def _unpacked(self, entry):
        name = f"{self.name}: {shown(entry.filename)}"
        refuse(entry, name, self.largest)
        self.unpacked += entry.file_size
        if self.unpacked > self.largest:
            together = f"the zips inside would unpack to more than {self.largest / 1e9:.2f} GB in all"
            raise InputError(f"{name}: {together}; take the one that is wanted out of the archive")
        with reading(name):
            packed = self.zip.data(entry)
        return Zip(self.stack.enter_context(unpacked(packed, entry, name)), name)

    def _seen_in_place(self, entry):
        return is_stored(entry) and isinstance(self._opened(entry), Zip)

    def _called(self, place):
        return f"{self.name}: {place.member}"

    def _blocks(self, place, size=BLOCK):
        with reading(self._called(place)):
            packed = place.zip.data(place.entry)
        return blocks(packed, place.entry, self._called(place), size)

    def _absence(self, name):
        inside = [*self._inside(stored=True), *self._inside(stored=False)]
        zips = [self.zip, *(contents for _, contents in inside)]
        for one in zips:
            if one.folders.meant(name)[1]:
                return InputError(f"{one.name}: {shown(name)}: a folder, not a file; set cohort.members")
            for entry in one.outside.meant(name)[1]:
                return InputError(f"{one.name}: {shown(entry.filename)}: {OUTSIDE}")
        for fault in self.inner.values():
            if isinstance(fault, InputError):
                return fault
        deep = [f"{shown(outer)}: {shown(entry.filename)}" for outer, one in inside for entry in one.zips()]
        if deep:
            told = f"not searched, because it is a zip three deep: {deep[0]}{' and others' * (len(deep) > 1)}"
            return InputError(f"{self.name}: no {shown(name)} inside; {told}; take it out of there")
        return InputError(f"{self.name}: {absent(name, list(chain.from_iterable(one.names() for one in zips)))}")


def _closest(zips, name):
    """How closely anything in ``zips``, pairs of a name and a Zip, is called ``name``, and all that is so closely."""
    closest, places = ABSENT, []
    for inside, contents in zips:
        closeness, entries = contents.files.meant(name)
        if closeness < closest:
            closest, places = closeness, []
        if closeness == closest:
            members = (Member(inside, entry.filename, entry.file_size, entry.CRC) for entry in entries)
            places += [Place(member, contents, entry) for member, entry in zip(members, entries, strict=True)]
    return closest, places
