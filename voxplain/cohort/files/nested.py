"""A zip file opened by seeking, and the zip files inside it; whatever is wrong with them is one line of ours."""

import errno
import io
import lzma
import os
import stat
import struct
import zipfile
import zlib
from bisect import bisect_right
from contextlib import contextmanager
from functools import cached_property

from voxplain.cohort.files.listing import Listing, leads_out, led_back, posix
from voxplain.cohort.wording import shown
from voxplain.disk_faults import refuse_to_judge_unread
from voxplain.errors import InputError

# All that zipfile and the decompressors were seen to raise on damaged files.
FAULTS = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error)
FAULTS += (EOFError, OSError, OverflowError, RuntimeError, ValueError, MemoryError)
LOCAL_HEADER = struct.Struct("<4s2xH18xHH")
UTF8 = 0x800
LARGEST_READ = 256 << 20


class Window:
    """The bytes ``start`` to ``start + length`` of an open file, as a file of its own that can be read and sought."""

    def __init__(self, file, start, length):
        self.file, self.start, self.length, self.position = file, start, length, 0

    def seekable(self):
        """True, which zipfile asks."""
        return True

    def tell(self):
        """The position."""
        return self.position

    def seek(self, offset, whence=io.SEEK_SET):
        """Move to a position, which may lie behind the end."""
        position = (0, self.position, self.length)[whence] + offset
        if position < 0:
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        self.position = position
        return position

    def read(self, size=-1):
        """At most ``size`` bytes; a list of contents longer than 256 MB is no such list and raises ValueError."""
        left = max(0, self.length - self.position)
        size = left if size is None or size < 0 else min(size, left)
        if size > LARGEST_READ:
            raise ValueError("a list of contents of more than 256 MB")
        self.file.seek(self.start + self.position)
        block = self.file.read(size)
        self.position += len(block)
        return block


@contextmanager
def reading(name):
    """Turns what is raised by a damaged zip into an InputError that begins with ``name``.

    Where its disk does not answer that is no InputError, for which a scan would be left out, but a VoxplainError.
    """
    try:
        yield
    except FileNotFoundError as fault:
        raise InputError(f"{name}: no such file; put it back, or run again without it") from fault
    except NotImplementedError as fault:
        raise InputError(f"{name}: packed in a way that cannot be read ({shown(fault)}); zip it again") from fault
    except FAULTS as fault:
        refuse_to_judge_unread(fault, name)
        # Without a number it comes from a decompressor; EINVAL is a position before the beginning of the file.
        if isinstance(fault, OSError) and fault.errno not in (None, errno.EINVAL):
            raise InputError(f"{name}: cannot be read ({fault.strerror}); check the disk and its rights") from fault
        told = "a part of it would lie before its beginning" if isinstance(fault, OSError) and fault.errno else fault
        raise InputError(f"{name}: damaged ({shown(told) or type(fault).__name__}); download it again") from fault


class Zip:
    """The list of contents of the zip in an open ``file``; the InputError that it is none begins with ``name``.

    Its Listings: ``files``, ``folders``, and ``outside`` of the names that lead out of it, which are in neither.
    """

    def __init__(self, file, name):
        self.file, self.name = file, name
        with reading(name):
            contents = self._contents()
        self.entries = [entry for entry in contents.infolist() if entry.filename]
        self.starts = sorted([*(entry.header_offset for entry in self.entries), contents.start_dir])

    @cached_property
    def safe(self):
        """All entries whose names do not lead out."""
        return [entry for entry in self.entries if not leads_out(entry.filename)]

    @cached_property
    def files(self):
        """Files by their names, symbolic links among them."""
        return Listing((posix(one.filename), one) for one in self.safe if not is_folder(one))

    def names(self):
        """Names of all files but symbolic links."""
        return [posix(one.filename) for one in self.safe if not is_folder(one) and not is_link(one)]

    @cached_property
    def folders(self):
        """Folders by their names."""
        return Listing((posix(one.filename).rstrip("/"), one) for one in self.safe if is_folder(one))

    @cached_property
    def outside(self):
        """Whatever has a name that leads out, by where it would lead."""
        return Listing((led_back(one.filename), one) for one in self.entries if leads_out(one.filename))

    def zips(self):
        """Entries that are zip files themselves, those that can be read by seeking first."""
        inner = [one for one in self.safe if one.filename.lower().endswith(".zip") and not is_link(one)]
        return sorted(inner, key=lambda entry: not is_stored(entry))

    def data(self, entry):
        """The bytes of ``entry`` as they lie in the file, packed or not.

        Raises zipfile.BadZipFile where they are not where the list says, or lie over those of another.
        """
        self.file.seek(entry.header_offset)
        magic, flags, name, extra = LOCAL_HEADER.unpack(self.file.read(LOCAL_HEADER.size))
        if magic != b"PK\x03\x04":
            raise zipfile.BadZipFile("Bad magic number for file header")
        if self.file.read(name).decode("utf-8" if flags & UTF8 else "cp437") != entry.orig_filename:
            raise zipfile.BadZipFile("the list of contents and the file header differ in the name")
        start = entry.header_offset + LOCAL_HEADER.size + name + extra
        after = bisect_right(self.starts, entry.header_offset)
        if after == len(self.starts) or start + entry.compress_size > self.starts[after]:
            raise zipfile.BadZipFile("it overlaps what comes after it")
        return Window(self.file, start, entry.compress_size)

    def inner(self, entry):
        """The zip that is the stored member ``entry``, read where it lies."""
        name = f"{self.name}: {shown(entry.filename)}"
        with reading(name):
            if entry.compress_size != entry.file_size:
                raise zipfile.BadZipFile("stored, but of two sizes")
            window = self.data(entry)
        return Zip(window, name)

    def _contents(self):
        try:
            return zipfile.ZipFile(self.file)
        except zipfile.BadZipFile:
            self.file.seek(0)
            start = self.file.read(4)
        if not start:
            raise InputError(f"{self.name}: empty (0 bytes); download it again")
        if not start.startswith(b"PK"):
            raise InputError(f"{self.name}: not a zip file; replace it by the archive as it was downloaded")
        raise InputError(f"{self.name}: cut short or damaged (no list of contents at its end); download it again")


def is_stored(entry):
    """Whether the bytes of ``entry`` lie in the archive as they are, neither packed nor encrypted."""
    return entry.compress_type == zipfile.ZIP_STORED and not entry.flag_bits & 1


def is_link(entry):
    """Whether ``entry`` is a symbolic link."""
    return stat.S_ISLNK(entry.external_attr >> 16)


def is_folder(entry):
    """Whether ``entry`` is a folder rather than a file."""
    return entry.filename.endswith(("/", "\\"))
