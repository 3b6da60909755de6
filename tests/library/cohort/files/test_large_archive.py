"""Memory and scratch when one member is taken out of an archive of four gigabytes."""

import hashlib
import json
import struct
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[4]
NAME = "100307/T1w/head.nii.gz"
HEAD = np.random.default_rng(1).bytes(3_000_000)
MEASURED = r"""
import json, re, resource, sys
from voxplain.cohort.files.archives import Archive
path, name, destination = sys.argv[1:]
with Archive(path) as archive:
    member, digest = archive.extract(name, destination)
    start = archive.head(name, 4).hex()
# Of this process alone: ru_maxrss begins with the memory of the one that started it.
peak = int(re.search(r"VmHWM:\s+(\d+)", open("/proc/self/status").read())[1])
blocks = resource.getrusage(resource.RUSAGE_SELF).ru_oublock
print(json.dumps({"inside": member.inside, "digest": digest, "start": start, "peak": peak, "written": blocks * 512}))
"""


def sparse_zip(path, name, content, filler):
    """A zip of a stored hole of ``filler`` bytes, which take no room on the disk, and after it one member."""
    entries = [("filler.bin", filler, 0, 0), (name, len(content), zlib.crc32(content), 0)]
    with path.open("wb") as file:
        for number, (entry, size, crc, _) in enumerate(entries):
            entries[number] = (entry, size, crc, file.tell())
            wide = struct.pack("<HHQQ", 1, 16, size, size)
            header = struct.pack("<4s5H3L2H", b"PK\3\4", 45, 0, 0, 0, 33, crc, *[0xFFFFFFFF] * 2, len(entry), len(wide))
            file.write(header + entry.encode() + wide)
            file.write(content) if number else file.seek(size, 1)
        start = file.tell()
        for entry, size, crc, offset in entries:
            wide = struct.pack("<HHQQQ", 1, 24, size, size, offset)
            fields = (45, 45, 0, 0, 0, 33, crc, *[0xFFFFFFFF] * 2, len(entry), len(wide), 0, 0, 0, 0, 0xFFFFFFFF)
            file.write(struct.pack("<4s6H3L5H2L", b"PK\1\2", *fields) + entry.encode() + wide)
        end = file.tell()
        file.write(struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, 2, 2, end - start, start))
        file.write(struct.pack("<4sLQL", b"PK\6\7", 0, end, 1))
        file.write(struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0))


def extraction(path, folder):
    """What a process of its own says of extracting the member of ``path`` into ``folder``."""
    command = [sys.executable, "-c", MEASURED, str(path), NAME, str(folder / "out" / "head.nii.gz")]
    environment = {"PATH": "", "TMPDIR": str(folder / "scratch"), "PYTHONPATH": str(ROOT)}
    (folder / "scratch").mkdir(parents=True)
    done = subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True, text=True)
    assert (folder / "out" / "head.nii.gz").read_bytes() == HEAD
    assert sorted(one.name for one in folder.rglob("*")) == ["head.nii.gz", "out", "scratch"]
    return json.loads(done.stdout)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs sparse files, and peak memory in kB")
@pytest.mark.parametrize("inside", ["", "100307_3T.zip"])
def test_a_member_of_four_gigabytes_costs_no_more_memory_or_disk_than_one_of_a_megabyte(tmp_path, made_zip, inside):
    small, large = tmp_path / "small.zip", tmp_path / "large.zip"
    content = made_zip({"first": b"1", NAME: HEAD}, zipfile.ZIP_DEFLATED) if inside else HEAD
    for path, filler in ((small, 1 << 20), (large, (4 << 30) + 12345)):
        sparse_zip(path, inside or NAME, content, filler)
    with zipfile.ZipFile(large) as peer:
        assert [entry.file_size for entry in peer.infolist()] == [(4 << 30) + 12345, len(content)]
    assert large.stat().st_size > 4 << 30
    one, other = extraction(small, tmp_path / "a"), extraction(large, tmp_path / "b")
    large.unlink()
    assert one["inside"] == other["inside"] == inside
    assert one["digest"] == other["digest"] == hashlib.sha256(HEAD).hexdigest()
    assert bytes.fromhex(other["start"]) == HEAD[:4]
    assert other["peak"] - one["peak"] < 16 << 10
    assert other["written"] < len(HEAD) + (1 << 20)
