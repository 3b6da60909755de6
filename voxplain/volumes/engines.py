"""Brain masks by HD-BET and SynthStrip: tools that users install themselves, with weights that they name.

Nothing is fetched: HD-BET would do so by itself where it finds no weights, so it is given a home folder that has them.

Isensee et al., Automated brain extraction of multisequence MRI using artificial neural networks, Human Brain Mapping
2019. Hoopes et al., SynthStrip: skull-stripping for any brain image, NeuroImage 2022.
"""

import logging
import os
import shutil
import signal
import subprocess
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from voxplain.cohort.wording import shown
from voxplain.errors import InputError, SettingsError
from voxplain.volumes.volume import Volume, read_volume, save_volume

log = logging.getLogger(__name__)

HD_BET = "hd-bet"
SYNTHSTRIP = "mri_synthstrip", "nipreps-synthstrip"  # of FreeSurfer, and the same network packed for pip
WEIGHTS_OF_HD_BET = "fold_all/checkpoint_final.pth", "dataset.json", "plans.json"
HOME_OF_WEIGHTS = Path("hd-bet_params", "release_2.0.0")  # where HD-BET 2 looks, below the home folder
THREADS = (
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS",
    "PYTHON_CPU_COUNT",
)


def hd_bet_masks(volumes, weights, folder, *, threads=1, device="cpu", timeout=600, form="refuse"):
    """The brain mask of each of ``volumes``, a dict of files by name: a `Volume`, or a text why there is none.

    All are given to one run of HD-BET, which loads its network once, and those that it leaves without a mask once more,
    one by one. ``weights`` is the folder with HD-BET's weights, ``folder`` an empty one for temporary files, ``device``
    cpu or cuda, ``timeout`` in seconds for each volume. Raises SettingsError where HD-BET or its weights are not there.
    """
    weights, folder = Path(weights).resolve(), Path(folder)
    missing = [name for name in WEIGHTS_OF_HD_BET if not (weights / name).is_file()]
    if missing:
        raise SettingsError(f"strip_weights: {weights} has no {missing[0]}; give the folder of HD-BET's weights")
    executable = _found(HD_BET)
    home = folder / "home" / HOME_OF_WEIGHTS
    home.parent.mkdir(parents=True)
    home.symlink_to(weights)
    heads, masks = _written(volumes, folder / "heads", form)
    command = [executable, "-device", device, "--save_bet_mask", "--no_bet_image"]
    command += ["--disable_tta"] if device == "cpu" else []
    environment = {"HOME": str(folder / "home"), "nnUNet_def_n_proc": str(threads)}

    def run(source, target, seconds):
        return _run([*command, "-i", str(source), "-o", str(target)], threads, environment, seconds)

    if heads:
        said = run(folder / "heads", folder / "masks", timeout * len(heads))
    for name, path in heads.items():
        mask = folder / "masks" / f"{name}_bet.nii.gz"
        if not mask.is_file():
            mask.parent.mkdir(exist_ok=True)
            log.warning("HD-BET gave no mask for %s (%s): it is tried alone", name, said)
            said = run(path, mask.parent / f"{name}.nii.gz", timeout)
        masks[name] = _judged(mask, path, "HD-BET", said)
    return masks


def synthstrip_mask(volume, weights, folder, *, threads=1, device="cpu", timeout=600, form="refuse"):
    """The brain mask of the file ``volume`` by SynthStrip, a `Volume`, or a text that says why there is none.

    ``weights`` is the file of its weights; all else as in `hd_bet_masks`.
    """
    weights, folder = Path(weights).resolve(), Path(folder)
    if not weights.is_file():
        raise SettingsError(f"strip_weights: {weights} is no file; give the file of SynthStrip's weights")
    executable = _found(*SYNTHSTRIP)
    heads, refused = _written({"head": volume}, folder, form)
    if refused:
        return refused["head"]
    mask = folder / "mask.nii.gz"
    command = [executable, "-i", str(heads["head"]), "-m", str(mask), "--model", str(weights)]
    said = _run([*command, "-g"] if device == "cuda" else command, threads, {}, timeout)
    return _judged(mask, heads["head"], "SynthStrip", said)


@contextmanager
def on_cores(threads):
    """This process, and those that it starts, on ``threads`` cores at most: they may ask for more and get no more."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(before)[-max(1, threads) :])
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _found(*names):
    for name in names:
        if path := shutil.which(name):
            return path
    raise SettingsError(f"no {names[0]} is installed here; run with --sdm conda or install it, or set strip to ants")


def _written(volumes, folder, form):
    """Files of the volumes as they are read here, header mended and all, and why some are not fit to be stripped."""
    folder.mkdir(parents=True, exist_ok=True)
    heads, refused = {}, {}
    for name, path in volumes.items():
        try:
            save_volume(folder / f"{name}.nii.gz", read_volume(path, form))
            heads[name] = folder / f"{name}.nii.gz"
        except InputError as fault:
            refused[name] = str(fault)
    return heads, refused


def _run(command, threads, environment, timeout):
    """The last line that ``command`` said, after it ended or was ended with all that it started."""
    limited = dict.fromkeys(THREADS, str(threads))
    with on_cores(threads):
        started = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env={**os.environ, **limited, **environment},
            start_new_session=True,
        )
    try:
        said = started.communicate(timeout=timeout)[0].strip()
    except subprocess.TimeoutExpired:
        os.killpg(started.pid, signal.SIGKILL)
        started.communicate()
        return f"took longer than {timeout:g} s"
    last = shown(said.splitlines()[-1]) if said else "nothing said"
    return last if not started.returncode else f"ended with {started.returncode}: {last}"


def _judged(path, head_path, engine, said):
    if not path.is_file():
        return f"{engine} gave no mask: {said}"
    try:
        mask, head = read_volume(path), read_volume(head_path)
    except InputError as fault:
        return f"{engine}'s mask cannot be used: {fault}"
    if not mask.same_grid(head):
        return f"{engine}'s mask has the shape {mask.data.shape}, or an affine, that the volume has not"
    return Volume((mask.data > 0.5).astype(np.float32), head.affine)
