"""Registration of a head with its skull and without a brain mask: compared inside the template's brain only."""

from pathlib import Path

import ants
import numpy as np
from scipy import ndimage

from voxplain.errors import InputError
from voxplain.volumes.grids import resampled
from voxplain.volumes.registration import GREEDY, SEED, Registration, apply, as_ants, greedily_warped
from voxplain.volumes.volume import Volume

LEEWAY = 4.0  # mm that a brain's edge may lie beyond that of the template after an affine
WITHOUT_MASK = "none", "template"  # values of the setting strip
COARSE = 4.0  # mm, of the grid on which all but the warp is found
CROWN = 110.0  # mm below the top of the head: above the face, so that neither jaw nor neck move the centre
# Heads differ in hair, scalp and skull, and a start too low or too high ends in the face or on the scalp: the best of
# several is kept. mm between the top of the head and that of the brain.
COVERINGS = 4.0, 12.0, 20.0
SIZE = 0.95  # of a brain, as a length, against the template's: MNI152 is larger than most
KINDS = {"rigid": "Rigid", "similarity": "Similarity"}
LINEAR = {
    "aff_metric": "GC",
    "aff_iterations": (200, 100, 50),
    "aff_shrink_factors": (4, 2, 1),
    "aff_smoothing_sigmas": (2, 1, 0),
    "aff_random_sampling_rate": 0.25,
}


def register_whole_head(head, template, transform, prefix):
    """Bring the whole ``head`` to the template; the files that do so start with ``prefix``, as those of `register`.

    Only what falls on the template's brain is compared, by correlation, so that neck, face and fat do not pull. The
    top of the head must be in the volume and its axes right within some 20 degrees. ``transform`` is one of those of
    `register`; syn_quick, syn and syn_cc all are ANTs' SyNOnly here, after the linear part and inside the template's
    mask. The same volumes give the same bytes. Raises InputError where ANTs gives up.
    """
    if transform == "none":
        return Registration((), ())
    linear, warp, unwarp = (
        Path(f"{prefix}{end}") for end in ("0GenericAffine.mat", "1Warp.nii.gz", "1InverseWarp.nii.gz")
    )
    if not head.data.std() > 0:
        raise InputError("no head found in the volume; look at it and its header")
    coarse, brain = _coarse(head), (_coarse(template.image), _coarse(template.mask))
    try:
        tried = [_linear(coarse, *brain, transform, covering, prefix) for covering in COVERINGS]
        Path(max(tried)[1]).rename(linear)
        if transform in ("rigid", "similarity", "affine"):
            return _alone(prefix, Registration((linear,), (linear,)))
        if transform in GREEDY:
            found = Registration((linear,), (linear,))
            near = Volume(np.where(near_brain(template, head, found), head.data, 0), head.affine)
            return _alone(prefix, greedily_warped(found, near, template, GREEDY[transform], str(prefix)))
        ants.registration(
            **_given(template.image, template.mask, head),
            type_of_transform="SyNOnly",
            initial_transform=[str(linear)],
            outprefix=f"{prefix}",
        )
    except RuntimeError as error:
        raise InputError("ANTs could not register the head; look at the volume and its header") from error
    return _alone(prefix, Registration((warp, linear), (linear, unwarp)))


def templates_mask(template, head, registration):
    """The template's brain mask on the grid of the ``head`` that ``registration`` brings to the template."""
    mask = apply(template.mask, head, registration.inverse, "label", inverse=True)
    return Volume((mask.data > 0.5).astype(np.float32), head.affine)


def near_brain(template, head, registration):
    """Voxels of the ``head`` within 4 mm of the template's brain mask, carried back by the ``registration``."""
    carried = templates_mask(template, head, registration)
    return ndimage.distance_transform_edt(carried.data < 0.5, carried.spacing) <= LEEWAY


def _linear(head, image, mask, transform, covering, prefix):
    """How well the head correlates inside the brain, and the file of the linear transform that brought it there."""
    prefix = f"{prefix}{covering:g}_"
    size = 1.0 if transform == "rigid" else SIZE
    path, given = _start(head, mask, size, covering, f"{prefix}start.mat"), _given(image, mask, head)
    for kind in dict.fromkeys(["Rigid", KINDS.get(transform, "Affine")]):
        found = ants.registration(
            **given, **LINEAR, type_of_transform=kind, initial_transform=[path], outprefix=f"{prefix}{kind}_"
        )
        path = found["fwdtransforms"][0]
    inside = mask.data > 0.5
    moved = apply(head, image, [path]).data[inside]
    return (float(np.corrcoef(moved, image.data[inside])[0, 1]) if moved.std() else -1.0), path


def _given(image, mask, head):
    both = {"fixed": as_ants(image), "moving": as_ants(head), "mask": as_ants(mask)}
    return {**both, "mask_all_stages": True, "random_seed": SEED}


def _start(head, mask, size, covering, path):
    """File of the scaling by ``size`` and shift that take the brain to ``covering`` mm below the top of the head."""
    brain = _places(mask, mask.data > 0.5)
    tissue = _places(head, ants.get_mask(as_ants(head), cleanup=0).numpy() > 0)
    top, middle = np.percentile(tissue[2], 99.9), brain.mean(axis=1)
    crown = tissue[:, tissue[2] > top - CROWN]
    height = size * (brain[2].max() - middle[2])
    wanted = np.array([*crown[:2].mean(axis=1), top - covering - height])
    shift = (wanted - size * middle) * [-1, -1, 1]
    matrix = size * np.eye(3)
    start = ants.create_ants_transform(
        transform_type="AffineTransform", dimension=3, matrix=matrix, translation=shift.tolist()
    )
    ants.write_transform(start, path)
    return path


def _places(volume, inside):
    """Where the voxels ``inside`` are, (3, voxels) in mm."""
    return volume.affine[:3, :3] @ np.argwhere(inside).T + volume.affine[:3, 3:]


def _coarse(volume):
    return resampled(Volume(np.clip(volume.data, 0, None), volume.affine), np.maximum(volume.spacing, COARSE))


def _alone(prefix, registration):
    """``registration``, once nothing but its own files is left of what starts with ``prefix``."""
    prefix = Path(prefix)
    for file in prefix.parent.glob(f"{prefix.name}*"):
        if file not in (*registration.forward, *registration.inverse):
            file.unlink()
    return registration
