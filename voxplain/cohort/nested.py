"""A zip file opened by seeking, and the zip files inside it; whatever is wrong with them is one line of ours."""

import errno
import io
import lzma
import struct
import zipfile
import zlib
from contextlib import contextmanager
from tempfile import SpooledTemporaryFile

from voxplain.cohort.wording import shown
from voxplain.errors import InputError

# All that zipfile and its decompressors were seen to raise on damaged files.
FAULTS = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error)
FAULTS += (EOFError, OSError, OverflowError, RuntimeError, ValueError, MemoryError)
LOCAL_HEADER = struct.Struct("<4s22xHH")
KEPT_IN_MEMORY = 16 << 20


class Window(io.RawIOBase):
    """The bytes ``start`` to ``start + length`` of an open file, as a file of its own that can be read and sought."""

    def __init__(self, file, start, length):
        self.file, self.start, self.length, self.position = file, start, length, 0

    def readable(self):
        return True

    def seekable(self):
        return True

    def seek(self, offset, whence=io.SEEK_SET):
        position = (0, self.position, self.length)[whence] + offset
        if position < 0:
            raise ValueError(f"negative position {position}")
        self.position = position
        return position

    def readinto(self, buffer):
        self.file.seek(self.start + self.position)
        block = self.file.read(max(0, min(len(buffer), self.length - self.position)))
        buffer[: len(block)] = block
        self.position += len(block)
        return len(block)


@contextmanager
def reading(name):
    """Turns what is raised by a damaged zip into an InputError that begins with ``name``."""
    try:
        yield
    except FileNotFoundError as fault:
        raise InputError(f"{name}: no such file; put it back, or run again without it") from fault
    except NotImplementedError as fault:
        raise InputError(f"{name}: packed in a way that cannot be read ({shown(fault)}); zip it again") from fault
    except FAULTS as fault:
        if str(fault).startswith("Bad CRC-32"):
            raise InputError(f"{name}: the content does not match its checksum (CRC-32); download it again") from fault
        # Without a number it comes from a decompressor; EINVAL is a position before the beginning of the file.
        if isinstance(fault, OSError) and fault.errno not in (None, errno.EINVAL):
            raise InputError(f"{name}: cannot be read ({fault.strerror}); check the disk and its rights") from fault
        raise InputError(f"{name}: damaged ({shown(fault) or type(fault).__name__}); download it again") from fault


def open_zip(file, name):
    """The zip in the open ``file``; InputError says what else it is."""
    with reading(name):
        try:
            return zipfile.ZipFile(file)
        except zipfile.BadZipFile:
            file.seek(0)
            start = file.read(4)
            if not start:
                raise InputError(f"{name}: empty (0 bytes); download it again") from None
            if not start.startswith(b"PK"):
                raise InputError(f"{name}: not a zip file; replace it by the archive as it was downloaded") from None
            raise InputError(
                f"{name}: cut short or damaged (no list of contents at its end); download it again"
            ) from None


def zips_inside(contents):
    """Entries of ``contents`` that are zip files themselves, those that can be read by seeking first."""
    inner = [entry for entry in contents.infolist() if entry.filename.lower().endswith(".zip")]
    return sorted(inner, key=lambda entry: not is_stored(entry))


def is_stored(entry):
    """Whether the bytes of ``entry`` lie in the archive as they are, neither packed nor encrypted."""
    return entry.compress_type == zipfile.ZIP_STORED and not entry.flag_bits & 1


def zip_in_place(file, entry, name):
    """The zip that is the stored member ``entry`` of the zip in ``file``, read where it lies."""
    with reading(name):
        window = Window(file, _start_of_data(file, entry), entry.file_size)
    return open_zip(window, name)


@contextmanager
def unpacked(contents, entry, name):
    """A packed member of ``contents`` as an open temporary file, in memory up to 16 MB.

    A zip packed into another can be read in no other way, because its list of contents comes last.
    """
    with SpooledTemporaryFile(max_size=KEPT_IN_MEMORY) as file:
        for block in blocks(contents, entry, name):
            file.write(block)
        file.seek(0)
        yield file


def blocks(contents, entry, name, size=1 << 20):
    """The unpacked bytes of a member, block by block; its CRC-32 has been checked when the last one is out."""
    if entry.flag_bits & 1:
        raise InputError(f"{name}: encrypted; unpack it with its password and zip it again without one")
    with reading(name):
        member = contents.open(entry)
    with member:
        while True:
            with reading(name):
                block = member.read(size)
            if not block:
                return
            yield block


def _start_of_data(file, entry):
    file.seek(entry.header_offset)
    magic, name, extra = LOCAL_HEADER.unpack(file.read(LOCAL_HEADER.size))
    if magic != b"PK\x03\x04":
        raise zipfile.BadZipFile("Bad magic number for file header")
    return entry.header_offset + LOCAL_HEADER.size + name + extra
