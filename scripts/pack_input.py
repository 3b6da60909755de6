"""Write every accepted volume of an input, with its mask and checksum, into one file."""

import gzip
import json
import zlib
from pathlib import Path

import nibabel
import numpy as np

from voxplain.cohort.shard_jobs import status_paths
from voxplain.errors import InputError
from voxplain.runtime import progress, rule_log
from voxplain.store import INTENSITY, write_store
from voxplain.volumes.space import OWN, space_of_input


def pack_input(statuses, image, store, *, input_name, space, settings=None):
    """Leave at ``store`` the volume and mask of every scan whose status in ``statuses`` is accepted.

    ``settings``, the input's, say by its channels what is packed of a scan, and by its recipe on which grid: all lie on
    that of the template's ``image`` without a recipe, on the first scan's with one that registers, and each has its own
    affine after one that does not; the store's space is then ``own``. Raises `InputError` for a file that is missing,
    cannot be read or lies on another grid.
    """
    settings = settings or {}
    accepted = [(Path(path).parent, status) for path in statuses if (status := _read(path))["accepted"]]
    channels, space = settings.get("channels", [INTENSITY]), space_of_input(settings, space)
    template = nibabel.load(image)
    if settings.get("recipe") and accepted:
        folder, status = accepted[0]
        template = _image(status["scan"], folder / status["files"]["volume"])
    own = space == OWN
    volumes = (
        _volume(folder, status, channels, template, own) for folder, status in progress(accepted, label="packed")
    )
    about = {"input": input_name, "scans": len(accepted)}
    write_store(store, volumes, None if own else template.affine, space, about, channels=channels)


def _volume(folder, status, channels, template, own):
    scan, files = status["scan"], status["files"]
    kinds = ["volume" if channel == INTENSITY else channel for channel in channels]
    *data, mask = (_on_grid(scan, folder / files[kind], template, own) for kind in [*kinds, "mask"])
    affine = [_image(scan, folder / files["volume"]).affine] if own else []
    return scan, scan.split("_")[0], np.stack(data), mask, *affine


def _on_grid(scan, path, template, own):
    try:
        # to the end, where gzip has its checksum: nibabel would stop at the last voxel
        with gzip.open(path) as file:
            image = nibabel.Nifti1Image.from_bytes(file.read())
        data = np.asarray(image.dataobj, dtype=np.float32)
    except (OSError, EOFError, ValueError, zlib.error, nibabel.filebasedimages.ImageFileError) as error:
        raise _unreadable(scan, path, error) from error
    if image.shape != template.shape or not (own or np.allclose(image.affine, template.affine, atol=1e-3)):
        raise InputError(
            f"{scan}: {path.name} has shape {image.shape} and another grid than the template's {template.shape}; "
            "prepare this scan again"
        )
    return data


def _image(scan, path):
    try:
        return nibabel.load(path)
    except (OSError, EOFError, nibabel.filebasedimages.ImageFileError) as error:
        raise _unreadable(scan, path, error) from error


def _unreadable(scan, path, error):
    return InputError(f"{scan}: {path} cannot be read ({error}); remove {path.parent} and run again")


def _read(path):
    with open(path) as file:
        return json.load(file)


if __name__ == "__main__":
    with rule_log(snakemake):
        pack_input(
            status_paths(snakemake.input.statuses),
            snakemake.input.image,
            snakemake.output.store,
            input_name=snakemake.wildcards.input,
            space=snakemake.params.space,
            settings=snakemake.params.settings,
        )
