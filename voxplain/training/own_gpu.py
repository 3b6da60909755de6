"""A GPU for one process alone, so that several trainings at once do not fall on the same one.

Each GPU has a lock file, named by the GPU's own id, which is the same in every job of a machine, while its number is
not. The lock is the system's: it is free again when its process ends, also after a kill.
"""

import fcntl
import logging
import os
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

log = logging.getLogger(__name__)

VISIBLE = "CUDA_VISIBLE_DEVICES"
SECONDS_BETWEEN_TRIES = 0.5


@contextmanager
def own_gpu(asked, gpus=None, folder=None):
    """The id of a GPU that is this process's alone while the block lasts, the only one that CUDA then shows it.

    It waits until one is free. None, at once, for the device ``cpu`` and where there is no GPU. To be entered before
    anything uses CUDA, which looks only once. ``gpus`` are the ids to choose from, those that the process may use by
    default; the locks are in ``folder``, a folder of the user's beside the machine's temporary files by default.
    """
    gpus = [] if asked == "cpu" else visible_gpus() if gpus is None else gpus
    if not gpus:
        yield None
        return
    before, (gpu, lock) = os.environ.get(VISIBLE), _locked(gpus, Path(folder or _folder()))
    os.environ[VISIBLE] = gpu
    try:
        log.info("GPU %s of %d", gpus.index(gpu) + 1, len(gpus))
        yield gpu
    finally:
        os.close(lock)
        if before is None:
            del os.environ[VISIBLE]
        else:
            os.environ[VISIBLE] = before


def visible_gpus():
    """Ids of the GPUs that this process may use, as the driver lists them; none without a driver."""
    command = ["nvidia-smi", "--query-gpu=index,uuid", "--format=csv,noheader"]
    try:
        listed = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    except (OSError, subprocess.SubprocessError):
        return []
    return allowed_gpus(listed, os.environ.get(VISIBLE))


def allowed_gpus(listed, allowed=None):
    """Ids of the lines ``index, id`` in ``listed`` that ``allowed``, a list with commas of either, names; None: all."""
    pairs = [[part.strip() for part in line.split(",")] for line in listed.splitlines() if "," in line]
    if allowed is None:
        return [name for _, name in pairs]
    asked = [one.strip() for one in allowed.split(",") if one.strip()]
    return [name for one in asked for index, name in pairs if index == one or name.startswith(one)]


def _folder():
    return Path(tempfile.gettempdir()) / f"voxplain-gpus-{os.getuid()}"


def _locked(gpus, folder):
    """The first of ``gpus`` that is free, and its open lock."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    said = False
    while True:
        for gpu in gpus:
            lock = os.open(folder / f"{gpu}.lock", os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return gpu, lock
            except OSError:
                os.close(lock)
        if not said:
            said = True
            log.info("all %d GPUs are taken by other trainings; waiting for one", len(gpus))
        time.sleep(SECONDS_BETWEEN_TRIES)
