"""Where a planted effect lies in the template's space, as strong as 0 to 1."""

import json
from pathlib import Path

import nibabel
import numpy as np

from voxplain.errors import InputError
from voxplain.volumes.registration import apply
from voxplain.volumes.volume import Volume


def carried_differences(truths, statuses, reference):
    """Yield each twin difference on the grid of ``reference``, through the subject's own forward transforms.

    ``truths`` are NIfTI files in the subjects' own spaces, ``statuses`` the status files of the same scans after
    preparation, beside which their transforms lie.
    """
    for truth, status in zip(truths, statuses, strict=True):
        folder, found = Path(status).parent, json.loads(Path(status).read_text())
        if not found["accepted"]:
            raise InputError(f"{found['scan']}: left out at {found['stage']}, so it has no transform; use another scan")
        image = nibabel.load(truth)
        native = Volume(np.asarray(image.dataobj, np.float32), image.affine)
        yield apply(native, reference, [folder / name for name in found["files"]["forward"]]).data


def effect_map(differences):
    """Mean of ``differences`` (x, y, z) over its 99.5th percentile, clipped to [0, 1], float32; zeros where it is 0."""
    total, number = 0.0, 0
    for difference in differences:
        total, number = total + difference.astype(np.float64), number + 1
    if not number:
        raise InputError("no scan of class 1 was used, so there is no effect to look for; see the ledger")
    mean = total / number
    strong = np.percentile(mean, 99.5)
    return np.clip(mean / strong, 0, 1).astype(np.float32) if strong > 0 else np.zeros(mean.shape, np.float32)
