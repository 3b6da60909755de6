"""The brain mask of a head with skull, with nothing to download."""

from pathlib import Path
from tempfile import TemporaryDirectory

import ants
import numpy as np

from voxplain.volumes.carrying import apply, as_ants
from voxplain.volumes.corrections import without_bias
from voxplain.volumes.grids import resampled
from voxplain.volumes.quality import dice, review
from voxplain.volumes.registration import register
from voxplain.volumes.volume import Volume
from voxplain.volumes.whole_head import SKULL_GAP, near_brain, templates_mask

MASK_SPACING = 2.0  # mm


def brain_mask(head, template, folder):
    """The brain mask of ``head`` on its own grid, and the measures that say how far to trust it.

    Free of bias and at 2 mm or coarser, a first mask by threshold and morphology (`ants.get_mask`) takes skull and
    scalp away. An affine brings that to the stripped template, whose mask says what of it lies near the brain: scalp
    behind a thin skull goes too. What is left is warped to the template (`register`, fast), and the template's
    mask carried back. ``mask_agreement`` is the Dice of first and last mask, and ``mask_review`` 1 where that or the
    volume asks for a look. Temporary files stay in ``folder``. Raises InputError where ANTs finds no brain.
    """
    coarse = without_bias(resampled(head, np.maximum(head.spacing, MASK_SPACING)))
    first = ants.get_mask(as_ants(coarse), cleanup=max(1, round(SKULL_GAP / float(coarse.spacing.min()))))
    with TemporaryDirectory(dir=folder) as work:
        within = _near(coarse, first.numpy() > 0, template, Path(work) / "affine_")
        brain = Volume(np.where(within, coarse.data, 0), coarse.affine)
        mask = templates_mask(template, head, register(brain, template, "fast", Path(work) / "fast_"))
    agreement = dice(apply(Volume(first.numpy(), coarse.affine), head, (), "nearest").data, mask.data)
    volume = float(mask.data.sum()) * mask.voxel_ml
    return mask, {"mask_agreement": agreement, "mask_review": int(bool(review(volume, agreement)))}


def _near(head, first, template, prefix):
    """Voxels of the mask ``first`` that lie within 4 mm of the template's, carried back by an affine."""
    brain = Volume(np.where(first, head.data, 0), head.affine)
    return first & near_brain(template, head, register(brain, template, "affine", prefix))
