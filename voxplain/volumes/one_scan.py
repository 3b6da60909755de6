"""The steps of preparing one scan: read, mask, register, carry head and mask, measure, judge, write."""

import os
from pathlib import Path

import numpy as np

from voxplain.errors import InputError
from voxplain.volumes.quality import check, measures
from voxplain.volumes.registration import apply, linear_part, register, warp_determinant
from voxplain.volumes.stripping import brain_mask, without_bias
from voxplain.volumes.template import read_template
from voxplain.volumes.volume import Volume, read_volume, save_volume

MNI152 = 4  # NIfTI form code
DECIMALS = 6


def prepared_or_refused(job):
    """What `prepare.prepare_scan` needs to know of the ``job`` that it gave: accepted, reason, measures, files.

    The files lie in the folder ``job["work"]`` under the names ``job["names"]``.
    """
    found, files, reason = {}, {}, None
    try:
        files = _prepare(job, found)
    except InputError as fault:
        reason = str(fault)
    rounded = {name: round(value, DECIMALS) for name, value in found.items()}
    return {"accepted": reason is None, "reason": reason, "measures": rounded, "files": files}


def _prepare(job, found):
    settings, names, work = job["settings"], job["names"], Path(job["work"])
    files = job["template"]
    template = read_template(files["image"], files["mask"], files["space"])
    head, native_mask, masked = _head_and_mask(job, template, work)
    found |= masked
    brain = Volume(np.where(native_mask.data > 0.5, head.data, 0), head.affine)
    registration = register(brain, template, settings["transform"], work / "template_")
    moved = apply(head, template.image, registration.forward)
    mask = apply(native_mask, template.image, registration.forward, "nearest")
    found |= measures(moved, mask, native_mask, template, linear_part(registration), warp_determinant(registration))
    if settings["transform"] != "none":
        check(found)
    code = MNI152 if template.name == "mni152" else 2
    save_volume(work / names["volume"], _normalised(moved, mask, settings["intensity"]), np.float32, code)
    save_volume(work / names["mask"], mask, np.uint8, code)
    return {"volume": names["volume"], "mask": names["mask"], **_kept(registration, names, work)}


def _head_and_mask(job, template, work):
    """The head, its brain mask and what is known of it, all on the scan's own grid."""
    head, settings = read_volume(job["volume"]), job["settings"]
    mask, masked = brain_mask(head, template, work) if settings["strip"] == "ants" else (_given_mask(job, head), {})
    return (without_bias(head) if settings["bias"] else head), mask, masked


def _given_mask(job, head):
    mask, name = read_volume(job["mask"]), Path(job["mask"]).name
    if not mask.same_grid(head):
        raise InputError(
            f"{name}: shape {mask.data.shape} on another grid than the volume's {head.data.shape}; "
            "give the mask of this volume, or set strip to ants"
        )
    return Volume((mask.data > 0.5).astype(np.float32), mask.affine)


def _normalised(head, mask, intensity):
    inside = head.data[mask.data > 0.5]
    divisor = {"brain_mean": inside.mean() if inside.size else 0, "max": head.data.max(), "none": 1}[intensity]
    if not divisor > 0:
        raise InputError(f"the {intensity} of the intensities is {divisor:g}; look at the volume and its mask")
    return Volume(head.data / np.float32(divisor), head.affine)


def _kept(registration, names, work):
    """The registration's files under their final names, in the order of ANTs."""
    kept = {}
    for way in ("forward", "inverse"):
        kept[way] = []
        for path in map(Path, getattr(registration, way)):
            kind = "linear" if path.suffix == ".mat" else "warp" if way == "forward" else "unwarp"
            if path.exists():
                os.replace(path, work / names[kind])
            kept[way].append(names[kind])
    return kept
