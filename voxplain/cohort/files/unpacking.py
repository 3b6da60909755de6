"""A member of a zip unpacked block by block, in memory of a few blocks whatever the archive says about sizes."""

import bz2
import lzma
import struct
import zipfile
import zlib
from contextlib import contextmanager
from tempfile import SpooledTemporaryFile

from voxplain.cohort.files.nested import is_link, reading
from voxplain.errors import InputError

LARGEST_MEMBER = 4 << 30
LARGEST_RATIO = 500
RATIO_COUNTS_FROM = 256 << 20
# Larger ones are four times slower: memory of that size comes from the system anew each time.
BLOCK = 128 << 10
KEPT_IN_MEMORY = 16 << 20
ENCRYPTED = 0x41
PATCHED = 0x20


def refuse(entry, name, largest=LARGEST_MEMBER):
    """Raise InputError, which begins with ``name``, for a member that is not to be unpacked, from the list alone.

    These are symbolic links, encrypted and empty ones, those of more than ``largest`` bytes, and those above 256 MB
    that claim to be packed to less than a five hundredth.
    """
    if is_link(entry):
        raise InputError(f"{name}: a symbolic link, which is not followed; zip it again with the file itself")
    if entry.flag_bits & ENCRYPTED:
        raise InputError(f"{name}: encrypted; unpack it with its password and zip it again without one")
    if not entry.file_size:
        raise InputError(f"{name}: empty (0 bytes); download the archive again")
    if entry.file_size > largest:
        sizes = f"{entry.file_size / 1e9:.2f} GB, more than the {largest / 1e9:.2f} GB"
        raise InputError(f"{name}: would unpack to {sizes} that are allowed; look at where the archive comes from")
    _refuse_ratio(entry.file_size, entry.compress_size, name)


def blocks(packed, entry, name, size=BLOCK):
    """The unpacked bytes of ``entry``, of which ``packed`` is an open file of the packed ones, block by block.

    Size, ratio and CRC-32 are held against the list of contents; the last two when the last block is out.
    """
    with reading(name):
        unpacker = _unpacker(packed, entry)
        given = crc = 0
        while not unpacker.eof:
            taken = packed.read(size) if unpacker.needs_input else b""
            block = unpacker.decompress(taken, size)
            given += len(block)
            if given > entry.file_size:
                raise zipfile.BadZipFile(f"it holds more than the {entry.file_size} bytes that it should")
            if block:
                crc = zlib.crc32(block, crc)
                yield block
            elif not taken and unpacker.needs_input:
                break
        _refuse_ratio(given, packed.tell() - len(unpacker.unused_data), name)
        if given < entry.file_size:
            raise zipfile.BadZipFile(f"it ends after {given} of {entry.file_size} bytes")
    if crc != entry.CRC:
        raise InputError(f"{name}: the content does not match its checksum (CRC-32); download it again")


@contextmanager
def unpacked(packed, entry, name):
    """A packed member as an open temporary file, in memory up to 16 MB.

    A zip packed into another can be read in no other way, because its list of contents comes last.
    """
    with SpooledTemporaryFile(max_size=KEPT_IN_MEMORY) as file:
        for block in blocks(packed, entry, name):
            file.write(block)
        yield file


def _refuse_ratio(size, packed_size, name):
    if size > RATIO_COUNTS_FROM and size > LARGEST_RATIO * packed_size:
        told = f"{size / 1e6:.0f} MB out of {packed_size / 1e6:.2f} MB, more than {LARGEST_RATIO} times as much"
        raise InputError(f"{name}: would unpack to {told}; look at where the archive comes from")


class _Stored:
    eof, needs_input, unused_data = False, True, b""

    def decompress(self, data, length):
        return data


class _Deflated:
    def __init__(self):
        self.zlib = zlib.decompressobj(-zlib.MAX_WBITS)

    eof = property(lambda self: self.zlib.eof)
    needs_input = property(lambda self: not self.zlib.unconsumed_tail)
    unused_data = property(lambda self: self.zlib.unused_data)

    def decompress(self, data, length):
        return self.zlib.decompress(self.zlib.unconsumed_tail + data, length)


def _lzma(packed, entry):
    # Section 5.8.8 of the format: version, length of the properties, then lc, lp and pb in one byte, and the window.
    _, length = struct.unpack("<HH", packed.read(4))
    numbers, window = struct.unpack_from("<BI", packed.read(length))
    filters = {"id": lzma.FILTER_LZMA1, "lc": numbers % 9, "lp": numbers // 9 % 5, "pb": numbers // 45}
    filters["dict_size"] = max(4096, min(window, entry.file_size))
    return lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[filters])


UNPACKERS = {
    zipfile.ZIP_STORED: lambda packed, entry: _Stored(),
    zipfile.ZIP_DEFLATED: lambda packed, entry: _Deflated(),
    zipfile.ZIP_BZIP2: lambda packed, entry: bz2.BZ2Decompressor(),
    zipfile.ZIP_LZMA: _lzma,
}


def _unpacker(packed, entry):
    if entry.flag_bits & PATCHED:
        raise NotImplementedError("compressed patched data")
    if entry.compress_type not in UNPACKERS:
        raise NotImplementedError("That compression method is not supported")
    return UNPACKERS[entry.compress_type](packed, entry)
