"""One member out of each of 50 archives, against unzipping them whole; warm cache, on the disk of the temporary folder.

The member is 5 % of its archive and the rest cannot be packed any smaller, as with .nii.gz. The ratio is of ours as the
workflow does it (written, checked, hashed, synchronised with the disk) to zipfile's ``extractall`` with its files
synchronised too. Beside it stand zipfile without that, whose files are gone before they reach the disk, and ours that
only reads the member. All remove what they wrote, subject after subject. Nothing here uses a GPU.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy as np

from benchmarks.timing import interleaved, write_line
from voxplain.cohort.files.archives import Archive

ROOT = Path(__file__).parents[1]
ARCHIVES = 50
MEMBERS = 20
REPEATS = 5
WANTED = "{0}/T1w/T1w_acpc_dc_restore_brain.nii.gz"
PEAK = """
import sys
from voxplain.cohort.files.archives import Archive
with Archive(sys.argv[1]) as archive:
    archive.extract(sys.argv[2], sys.argv[3])
print(open("/proc/self/status").read())
"""


def write_archive(path, source_id, megabytes):
    """A zip of 20 members of random bytes, equally large, the wanted one in the middle."""
    random = np.random.default_rng(source_id)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as contents:
        for number in range(MEMBERS):
            other = f"{source_id}/T1w/other_{number:02d}.nii.gz"
            name = WANTED.format(source_id) if number == MEMBERS // 2 else other
            contents.writestr(name, random.bytes(megabytes * 1_000_000 // MEMBERS))


def compare(folder, megabytes):
    """Take the members out in all ways in turn, and write the line."""
    archives = [folder / f"{source_id}.zip" for source_id in range(100001, 100001 + ARCHIVES)]
    for path in archives:
        write_archive(path, int(path.stem), megabytes)
    ways = {"ours": _one_member, "zipfile": _synchronised, "zipfile_unsynchronised": _unzipped}
    different = sum(len({_content(way, path) for way in ways.values()}) > 1 for path in archives)
    works = {name: lambda way=way: [_taken(way, path) for path in archives] for name, way in ways.items()}
    works["ours_read"] = lambda: [_read(path) for path in archives]
    seconds = interleaved(works, REPEATS)
    write_archive(folder / "100000.zip", 100000, 4 * megabytes)
    write_line(
        "ingest",
        seconds["zipfile"] / seconds["ours"],
        different / ARCHIVES,
        target=10,
        archives=ARCHIVES,
        mb_per_archive=megabytes,
        mb_per_member=megabytes / MEMBERS,
        **{f"ms_per_archive_{name}": 1000 * value / ARCHIVES for name, value in seconds.items()},
        ratio_unsynchronised=seconds["zipfile_unsynchronised"] / seconds["ours"],
        ratio_read=seconds["zipfile_unsynchronised"] / seconds["ours_read"],
        **{f"peak_mb_{times}": _peak(path) for times, path in (("x1", archives[0]), ("x4", folder / "100000.zip"))},
        gpu="not measured",
    )


def _taken(way, path):
    """Runs ``way`` in an empty folder that is gone afterwards."""
    folder = path.with_suffix("")
    folder.mkdir()
    way(path, folder)
    shutil.rmtree(folder)


def _content(way, path):
    contents = []
    _taken(lambda *paths: (way(*paths), contents.append((paths[1] / WANTED.format(path.stem)).read_bytes())), path)
    return contents[0]


def _one_member(path, folder):
    name = WANTED.format(path.stem)
    with Archive(path) as archive:
        archive.extract(name, folder / name)


def _read(path):
    with Archive(path) as archive:
        name = WANTED.format(path.stem)
        return len(archive.head(name, archive.find(name).size))


def _unzipped(path, folder):
    with zipfile.ZipFile(path) as contents:
        contents.extractall(folder)


def _synchronised(path, folder):
    _unzipped(path, folder)
    for written in folder.rglob("*.nii.gz"):
        with written.open("rb+") as file:
            os.fsync(file.fileno())


def _peak(path):
    """Peak memory in MB of a process that takes the member out of ``path``."""
    command = [sys.executable, "-c", PEAK, str(path), WANTED.format(path.stem), str(path.with_suffix(".nii.gz"))]
    said = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return int(re.search(r"VmHWM:\s+(\d+)", said)[1]) / 1024


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=40, help="size of an archive")
    with tempfile.TemporaryDirectory() as folder:
        compare(Path(folder), parser.parse_args().megabytes)
