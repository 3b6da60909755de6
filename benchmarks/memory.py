"""Memory of a training at 1,000 made scans against that of one at 100, with as many steps, in processes of their own.

The scans are made at 3 mm, 1.1 MB each as float32, and read from the store as the step asks for them, with
``max_memory_gb: 0``; by default up to 4 GB of volumes are kept. What counts is the kernel's own high-water mark of the
process, VmHWM. It rises over the first hundreds of steps, as the heap fills with pieces of many sizes, hence ten epochs
of 100 scans and one of 1,000. ``ratio`` is the memory at 1,000 over that at 100; below 1.1 is wanted.
"""

import sys
import tempfile
from pathlib import Path
from subprocess import run

import numpy as np

from benchmarks.timing import write_line
from voxplain.store import write_store
from voxplain.training.pace import peak_memory

SHAPE = (61, 73, 61)
COUNTS = 100, 1000
VALIDATED = 10


def compare(folder):
    """Make the scans, run both jobs, and write the line."""
    made = np.random.default_rng(1).standard_normal((8, *SHAPE)).astype(np.float32)
    names = [f"sub-{number:04d}" for number in range(max(COUNTS) + VALIDATED)]
    rows = ((one, one, made[place % 8], np.ones(SHAPE, np.uint8)) for place, one in enumerate(names))
    write_store(folder / "made.h5", rows, np.diag([3.0, 3, 3, 1]), "mni152", {})
    held = {count: _job(folder / "made.h5", count) for count in COUNTS}
    few, many = (held[count] / 1e6 for count in COUNTS)
    write_line("memory", many / few, 0.0, target=1.1, mb_at_100=few, mb_at_1000=many, shape=list(SHAPE))


def _job(store, count):
    """Bytes that a training on so many scans held at most."""
    command = [sys.executable, "-m", "benchmarks.memory", str(store), str(count)]
    return int(run(command, capture_output=True, text=True, check=True).stdout.split()[-1])


def train(store, count):
    """Train on the first ``count`` scans and say on the standard output how much memory it took."""
    import torch

    from voxplain.networks.build import build
    from voxplain.store import Volumes
    from voxplain.training.augmentation import augmentation_of
    from voxplain.training.devices import keep_freed_memory, memory_format
    from voxplain.training.loop import fit

    keep_freed_memory()
    scans = Volumes(store).scans
    settings = {
        "epochs": max(COUNTS) // count,
        "batch": 4,
        "optimiser": "adam",
        "learning_rate": 1e-3,
        "threads": 1,
        "max_memory_gb": 0,
    }
    torch.manual_seed(1)
    fit(
        build("mrinet", SHAPE, width=2),
        Volumes(store, scans[:count]),
        [place % 2 for place in range(count)],
        Volumes(store, scans[-VALIDATED:]),
        [place % 2 for place in range(VALIDATED)],
        seed=1,
        settings=settings,
        augmentation=augmentation_of({"flip": 0.5}),
        memory_format=memory_format("mrinet"),
        checkpoint=Path(store).with_name(f"{count}.checkpoint"),
    )
    sys.stdout.write(f"{peak_memory()}\n")


if __name__ == "__main__":
    if len(sys.argv) == 3:
        train(sys.argv[1], int(sys.argv[2]))
    else:
        with tempfile.TemporaryDirectory() as folder:
            compare(Path(folder))
