"""The steps of preparing one scan: read, mask, register, carry head and mask, measure, judge, write."""

import json
import os
from importlib import import_module
from pathlib import Path

import numpy as np

from voxplain.errors import InputError
from voxplain.volumes.channels import INTENSITY, log_jacobians
from voxplain.volumes.corrections import without_bias, without_noise
from voxplain.volumes.quality import acquired, check, measures
from voxplain.volumes.recipes import WITH_SKULL, made_by_recipe
from voxplain.volumes.registration import apply, linear_part, register, warp_determinant
from voxplain.volumes.sidecars import prepared_sidecars
from voxplain.volumes.space import OWN
from voxplain.volumes.stripping import brain_mask
from voxplain.volumes.template import read_template
from voxplain.volumes.volume import Volume, read_mask, read_noted, save_volume
from voxplain.volumes.whole_head import WITHOUT_MASK, register_whole_head, templates_mask

SCANNER, MNI152 = 1, 4  # NIfTI form codes
DECIMALS = 6


def prepared_or_refused(job):
    """What `prepare.prepare_scan` needs to know of the ``job`` that it gave: accepted, reason, measures, notes, files.

    The files lie in the folder ``job["work"]`` under the names ``job["names"]``.
    """
    found, notes, files, reason = {}, [], {}, None
    try:
        files = _prepare(job, found, notes)
    except InputError as fault:
        reason = str(fault)
    rounded = {name: round(value, DECIMALS) for name, value in found.items()}
    return {"accepted": reason is None, "reason": reason, "measures": rounded, "notes": notes, "files": files}


def _prepare(job, found, notes):
    settings, names, work = job["settings"], job["names"], Path(job["work"])
    files = job["template"]
    template = read_template(files["image"], files["mask"], files["space"])
    head, native_mask, masked = _head_and_mask(job, template, notes)
    registration = _registered(job, head, native_mask, template)
    moved = apply(head, template.image, registration.forward)
    if settings["strip"] in WITHOUT_MASK:
        mask, native_mask = template.mask, templates_mask(template, head, registration)
        notes.append(f"strip is {settings['strip']}: the mask is the template's, and the whole head was registered")
    else:
        mask = apply(native_mask, template.image, registration.forward, "nearest")
    if settings["strip"] == "template":
        moved = Volume(moved.data * mask.data, moved.affine)
    found |= masked | acquired(head, native_mask)
    warped = warp_determinant(registration, template.image)
    found |= measures(moved, mask, native_mask, template, linear_part(registration), warped)
    if settings["transform"] != "none":
        check(found)
    code = MNI152 if template.name == "mni152" else 2
    stripped = settings["strip"] == "template" or _is_stripped(head, native_mask)
    if settings.get("recipe"):
        moved, mask = made_by_recipe(settings["recipe"], head, native_mask, template, registration)
        stripped = settings["recipe"] not in WITH_SKULL
        if names["space"] == OWN:
            # Networks see voxels, not millimetres, and each scan's are of another size
            found["brain_volume_input_ml"], code = float((mask.data > 0.5).sum()) / 1000, SCANNER
    save_volume(work / names["volume"], _normalised(moved, mask, settings["intensity"]), np.float32, code)
    save_volume(work / names["mask"], mask, np.uint8, code)
    _describe(job, moved.spacing, stripped)
    return {
        "volume": names["volume"],
        "mask": names["mask"],
        **_shape_channels(job, registration, moved, code),
        "sidecars": list(names["sidecars"].values()),
        **_kept(registration, names, work),
    }


def _shape_channels(job, registration, reference, code):
    """Files of the channels that hold the size of things, by channel."""
    asked = [one for one in job["settings"].get("channels", [INTENSITY]) if one != INTENSITY]
    maps = log_jacobians(registration, reference) if asked else {}
    for one in asked:
        save_volume(Path(job["work"]) / job["names"][one], maps[one], np.float32, code)
    return {one: job["names"][one] for one in asked}


def _head_and_mask(job, template, notes):
    """The head, its brain mask and what is known of it, all on the scan's own grid."""
    settings, (head, mended) = job["settings"], read_noted(job["volume"], job["form"])
    notes += mended
    if settings["strip"] == "ants":
        mask, masked = brain_mask(head, template, job["work"])
    else:
        mask, masked = None, {}
        if settings["strip"] not in WITHOUT_MASK:
            mask, more = read_mask(job["mask"], head, job["form"])
            notes += more
    if settings.get("denoise"):
        head = without_noise(head)
    return (without_bias(head) if settings["bias"] else head), mask, masked


def _registered(job, head, mask, template):
    settings, prefix = job["settings"], Path(job["work"]) / "template_"
    if mask is None:
        return register_whole_head(head, template, settings["transform"], prefix)
    brain = Volume(np.where(mask.data > 0.5, head.data, 0), head.affine)
    if settings.get("engine") == "fireants":
        # By name, so that what FireANTs needs is needed for it alone
        fireants = import_module("voxplain.volumes.fireants")
        return fireants.register_by_fireants(brain, template, prefix, job["device"])
    return register(brain, template, settings["transform"], prefix)


def _normalised(head, mask, intensity):
    inside = head.data[mask.data > 0.5]
    divisor = {"brain_mean": inside.mean() if inside.size else 0, "max": head.data.max(), "none": 1}[intensity]
    if not divisor > 0:
        raise InputError(f"the {intensity} of the intensities is {divisor:g}; look at the volume and its mask")
    return Volume(head.data / np.float32(divisor), head.affine)


def _is_stripped(head, mask):
    """Whether there is next to nothing but brain: scalp, skull and face are as large as the brain itself."""
    there, inside = head.data != 0, mask.data > 0.5
    return (there & ~inside).sum() < 0.5 * (there & inside).sum()


def _describe(job, spacing, stripped):
    image = Path(job["template"]["image"]).name
    spacing = spacing.round(DECIMALS).tolist()
    described = prepared_sidecars(job["scan"], job["settings"], job["sources"], image, spacing, stripped)
    for kind, name in job["names"]["sidecars"].items():
        (Path(job["work"]) / name).write_text(json.dumps(described[kind], indent=1) + "\n")


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
