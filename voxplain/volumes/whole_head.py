"""Registration of a head with its skull and without a brain mask: what lies near the template's brain is its brain."""

from pathlib import Path
from tempfile import TemporaryDirectory

import ants
import numpy as np
from scipy import ndimage

from voxplain.errors import InputError
from voxplain.volumes.grids import resampled
from voxplain.volumes.registration import SEED, Registration, apply, as_ants, register
from voxplain.volumes.template import Template
from voxplain.volumes.volume import Volume

WITHOUT_MASK = "none", "template"  # values of the setting strip
LEEWAY = 4.0  # mm that a brain's edge may lie beyond that of the template after an affine
COARSE = 4.0  # mm, of the grid on which the brain is looked for
SKULL_GAP = 6.0  # mm of erosion that part brain from scalp, in `ants.get_mask`
CROWN = 110.0  # mm below the top of the head: above the face, so that neither jaw nor neck move the centre
COVERING = 12.0  # mm of hair, scalp and skull above a brain
SIZE = 0.95  # of a brain, as a length, against the template's: MNI152 is larger than most
LINEAR = {
    "aff_metric": "GC",
    "aff_iterations": (200, 100, 50),
    "aff_shrink_factors": (4, 2, 1),
    "aff_smoothing_sigmas": (2, 1, 0),
    "aff_random_sampling_rate": 0.25,
}


def register_whole_head(head, template, transform, prefix):
    """Bring the whole ``head`` to the template; the files that do so start with ``prefix``, as those of `register`.

    On 4 mm a first affine is found twice: by threshold and morphology (`ants.get_mask`), and from the top of the head
    by correlation inside the template's brain. What then lies within 4 mm of that brain is taken for the head's own and
    registered anew; the try that correlates best is kept, and what lies near the template's brain by it is registered
    as ``transform`` says, see `register`. The top of the head must be in the volume and its axes right
    within some 20 degrees. The same volumes give the same bytes. Raises InputError where ANTs gives up.
    """
    if transform == "none":
        return Registration((), ())
    if not head.data.std() > 0:
        raise InputError("no head found in the volume; look at it and its header")
    coarse, mask = _coarse(head), _coarse(template.mask)
    small = Template(_coarse(template.image), Volume((mask.data > 0.5).astype(np.float32), mask.affine), template.name)
    with TemporaryDirectory(dir=Path(prefix).parent) as work:
        tried = [_tried(first, coarse, small, Path(work)) for first in (_by_threshold, _from_the_top)]
        _, found = max(tried, key=lambda one: one[0])
        if found is None:
            raise InputError("ANTs could not register the head; look at the volume and its header")
        near = near_brain(template, head, found)
    return register(Volume(np.where(near, head.data, 0), head.affine), template, transform, prefix)


def templates_mask(template, head, registration):
    """The template's brain mask on the grid of the ``head`` that ``registration`` brings to the template."""
    mask = apply(template.mask, head, registration.inverse, "label", inverse=True)
    return Volume((mask.data > 0.5).astype(np.float32), head.affine)


def near_brain(template, head, registration):
    """Voxels of the ``head`` within 4 mm of the template's brain mask, carried back by the ``registration``."""
    carried = templates_mask(template, head, registration)
    return ndimage.distance_transform_edt(carried.data < 0.5, carried.spacing) <= LEEWAY


def _tried(first, head, template, work):
    """How well the ``head`` correlates inside the brain after an affine that begins with ``first``, and that affine."""
    try:
        near = near_brain(template, head, first(head, template, work / f"{first.__name__}_"))
        found = register(
            Volume(np.where(near, head.data, 0), head.affine), template, "affine", work / f"{first.__name__}_near_"
        )
    except (InputError, RuntimeError):
        return -2.0, None
    inside = template.mask.data > 0.5
    moved = apply(head, template.image, found.forward).data[inside]
    return (float(np.corrcoef(moved, template.image.data[inside])[0, 1]) if moved.std() else -1.0), found


def _by_threshold(head, template, prefix):
    first = ants.get_mask(as_ants(head), cleanup=max(1, round(SKULL_GAP / float(head.spacing.min())))).numpy() > 0
    return register(Volume(np.where(first, head.data, 0), head.affine), template, "affine", prefix)


def _from_the_top(head, template, prefix):
    path = _start(head, template.mask, f"{prefix}start.mat")
    both = {"fixed": as_ants(template.image), "moving": as_ants(head), "mask": as_ants(template.mask)}
    for kind in ("Rigid", "Affine"):
        found = ants.registration(
            **both,
            **LINEAR,
            mask_all_stages=True,
            random_seed=SEED,
            type_of_transform=kind,
            initial_transform=[path],
            outprefix=f"{prefix}{kind}_",
        )
        path = found["fwdtransforms"][0]
    return Registration((path,), (path,))


def _start(head, mask, path):
    """File of the scaling and the shift that take the brain to `COVERING` mm below the top of the head."""
    brain = _places(mask, mask.data > 0.5)
    tissue = _places(head, ants.get_mask(as_ants(head), cleanup=0).numpy() > 0)
    top, middle = np.percentile(tissue[2], 99.9), brain.mean(axis=1)
    crown = tissue[:, tissue[2] > top - CROWN]
    height = SIZE * (brain[2].max() - middle[2])
    wanted = np.array([*crown[:2].mean(axis=1), top - COVERING - height])
    shift = (wanted - SIZE * middle) * [-1, -1, 1]
    start = ants.create_ants_transform(
        transform_type="AffineTransform", dimension=3, matrix=SIZE * np.eye(3), translation=shift.tolist()
    )
    ants.write_transform(start, path)
    return path


def _places(volume, inside):
    """Where the voxels ``inside`` are, (3, voxels) in mm."""
    return volume.affine[:3, :3] @ np.argwhere(inside).T + volume.affine[:3, 3:]


def _coarse(volume):
    return resampled(Volume(np.clip(volume.data, 0, None), volume.affine), np.maximum(volume.spacing, COARSE))
