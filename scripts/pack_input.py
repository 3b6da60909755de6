"""Write every accepted volume of an input, with its mask and checksum, into one file."""

import json
from pathlib import Path

import nibabel
import numpy as np

from voxplain.errors import InputError
from voxplain.runtime import progress, rule_log
from voxplain.store import write_store


def pack_input(statuses, image, store, *, input_name, space):
    """Leave at ``store`` the volume and mask of every scan whose status in ``statuses`` is accepted.

    All lie on the grid of the template's ``image``. Raises `InputError` for a file that is missing, cannot be read or
    lies on another grid.
    """
    accepted = [(Path(path).parent, status) for path in statuses if (status := _read(path))["accepted"]]
    template = nibabel.load(image)
    volumes = (_volume(folder, status, template) for folder, status in progress(accepted, label="packed"))
    about = {"input": input_name, "scans": len(accepted)}
    write_store(store, volumes, template.affine, space, about)


def _volume(folder, status, template):
    scan = status["scan"]
    data, mask = (_on_grid(scan, folder / status["files"][kind], template) for kind in ("volume", "mask"))
    return scan, scan.split("_")[0], data, mask


def _on_grid(scan, path, template):
    try:
        image = nibabel.load(path)
        data = np.asarray(image.dataobj, dtype=np.float32)
    except (OSError, EOFError, nibabel.filebasedimages.ImageFileError) as error:
        raise InputError(f"{scan}: {path} cannot be read ({error}); prepare this scan again") from error
    if image.shape != template.shape or not np.allclose(image.affine, template.affine, atol=1e-3):
        raise InputError(
            f"{scan}: {path.name} has shape {image.shape} and another grid than the template's {template.shape}; "
            "prepare this scan again"
        )
    return data


def _read(path):
    with open(path) as file:
        return json.load(file)


if __name__ == "__main__":
    with rule_log(snakemake):
        pack_input(
            snakemake.input.statuses,
            snakemake.input.image,
            snakemake.output.store,
            input_name=snakemake.wildcards.input,
            space=snakemake.params.space,
        )
