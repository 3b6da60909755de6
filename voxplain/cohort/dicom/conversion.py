"""A DICOM series as one NIfTI volume, made by dcm2niix and compared with what the DICOM headers say."""

import gzip
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path, PurePosixPath

import nibabel
import numpy as np
from pydicom.pixels import pixel_array

from voxplain.cohort.dicom.series import series_grid
from voxplain.cohort.dicom.slices import read_slices
from voxplain.cohort.files.containers import opened
from voxplain.errors import InputError, SettingsError

PLACE_TOLERANCE = 0.1  # mm
SAME_PICTURE = 0.999  # correlation
# data_type, db_name, descrip, aux_file and intent_name of a NIfTI-1 header: free text of the converter.
FREE_TEXT = slice(4, 32), slice(148, 252), slice(328, 344)


def series_files(container, prefix, folder):
    """The files of a series below ``prefix`` of a zip or a folder, as a mapping of paths to their own names.

    Those of a zip are written into ``folder`` and those of a folder linked there, numbered, so that no name of theirs
    decides where something is written.
    """
    container, folder = Path(container), Path(folder)
    folder.mkdir(parents=True)
    if prefix and container.is_dir():
        container, prefix = container.joinpath(*_parts(prefix)), ""
    below = f"{'/'.join(_parts(prefix))}/" if prefix else ""
    files = {}
    with opened(container) as contents:
        names = [name for name in contents.names() if name.startswith(below) and not _hidden(name)]
        for number, name in enumerate(names):
            path = folder / f"{number:06d}.dcm"
            if container.is_dir():
                path.symlink_to(container.joinpath(name).resolve())
            else:
                contents.extract(name, path)
            files[path] = name
    return files


def convert_series(files, destination, name, timeout):
    """Write the series in ``files`` (as of ``series_files``) to ``destination``; its Grid and the files left aside.

    ``name`` is what messages call the series, ``timeout`` the seconds that dcm2niix may take. Raises InputError where
    the series is not one whole volume, and where what dcm2niix makes of it is not that volume in its place.
    """
    slices, others = read_slices(files, name)
    grid = series_grid(slices, name)
    made = run_dcm2niix({one.path for one in slices}, Path(destination).parent, name, timeout)
    check_placement(made, grid, name)
    content = bytearray(made.read_bytes())
    for text in FREE_TEXT:
        content[text] = bytes(text.stop - text.start)
    Path(destination).write_bytes(gzip.compress(content, 1, mtime=0))
    return grid, others


def run_dcm2niix(paths, folder, name, timeout):
    """The one NIfTI file that dcm2niix makes of ``paths``, in a new folder inside ``folder``.

    Raises InputError where it fails, takes longer than ``timeout`` seconds or makes none or several volumes, and
    SettingsError where it is not installed.
    """
    given, made = Path(folder) / "given", Path(folder) / "made"
    given.mkdir()
    made.mkdir()
    for path in paths:
        (given / path.name).symlink_to(path.resolve())
    command = [_executable(), "-b", "n", "-ba", "y", "-z", "n", "-x", "i", "-g", "i", "-f", "series", "-o", made, given]
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen([str(part) for part in command], start_new_session=True, **quiet) as process:
        try:
            code = process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise InputError(f"{name}: dcm2niix took more than {timeout:g} s; leave the scan out") from None
        finally:
            # The wheel's command is a script that starts the program itself: both have to end.
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
    if code:
        raise InputError(f"{name}: dcm2niix ended with code {code}; run it by hand on the series to see why")
    volumes = sorted(made.glob("*.nii"))
    if len(volumes) != 1:
        raise InputError(f"{name}: dcm2niix made {len(volumes) or 'no'} volumes of it; give a series of one volume")
    return volumes[0]


def check_placement(path, grid, name):
    """Raise InputError unless the NIfTI file ``path`` has the voxels of ``grid`` where the DICOM headers put them.

    Axes may be turned round or exchanged if the data are with them. The first, the middle and the last slice are
    compared too, unless they are compressed.
    """
    image = nibabel.load(path)
    if len(image.shape) != 3:
        raise InputError(f"{name}: dcm2niix made {len(image.shape)}-D data of it; give a series of one volume")
    indices = np.linalg.inv(grid.affine) @ image.affine
    turn = nibabel.io_orientation(indices)
    if np.isnan(turn).any():
        raise InputError(f"{name}: dcm2niix made flat data of it; give a series of one volume")
    data = nibabel.apply_orientation(np.asanyarray(image.dataobj), turn)
    affine = image.affine @ nibabel.orientations.inv_ornt_aff(turn, image.shape)
    if data.shape != grid.shape:
        raise InputError(f"{name}: dcm2niix made {data.shape} voxels of {grid.shape}; run it by hand to see why")
    corners = np.array([[*corner, 1] for corner in np.ndindex(2, 2, 2)]) * [*np.subtract(grid.shape, 1), 1]
    off = np.linalg.norm((corners @ (affine - grid.affine).T)[:, :3], axis=1).max()
    if not off <= PLACE_TOLERANCE:
        raise InputError(
            f"{name}: dcm2niix puts a corner {off:.3g} mm from where the DICOM headers have it; leave the scan out"
        )
    for number in sorted({0, grid.shape[2] // 2, grid.shape[2] - 1}):
        one = grid.slices[number]
        if one.plain and not _same_picture(data[:, :, number], _picture(one, name)):
            raise InputError(
                f"{name}: slice {number + 1} is another picture in NIfTI than in DICOM; leave the scan out"
            )


def _picture(one, name):
    try:
        return pixel_array(one.path, index=one.frame).T.astype(np.float64)
    except (OSError, EOFError, ValueError, AttributeError, TypeError, KeyError, NotImplementedError) as fault:
        raise InputError(f"{name}: the picture of a slice cannot be read; download the series again") from fault


def _same_picture(one, other):
    if one.shape != other.shape or not np.isfinite(one).all():
        return False
    deviations = one.std(dtype=np.float64), other.std()
    if min(deviations) == 0:
        return max(deviations) == 0
    return np.corrcoef(one.ravel(), other.ravel())[0, 1] > SAME_PICTURE


def _executable():
    beside = Path(sys.executable).parent
    found = shutil.which("dcm2niix", path=f"{beside}{os.pathsep}{os.environ.get('PATH', '')}")
    if not found:
        raise SettingsError(f"no dcm2niix in {beside} or the PATH; install requirements.lock or use --use-conda")
    return found


def _parts(prefix):
    parts = PurePosixPath(prefix).parts
    if ".." in parts or prefix.startswith("/"):
        raise InputError("a series cannot lie outside its container; give its folder relative to it")
    return parts


def _hidden(name):
    return PurePosixPath(name).name.startswith(".") or name.startswith("__MACOSX/")
