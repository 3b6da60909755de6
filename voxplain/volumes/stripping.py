"""The brain mask of a head with skull, with nothing to download."""

from pathlib import Path

import ants
import numpy as np

from voxplain.errors import InputError
from voxplain.volumes.corrections import without_bias
from voxplain.volumes.grids import resampled
from voxplain.volumes.quality import dice, review
from voxplain.volumes.registration import apply, as_ants
from voxplain.volumes.volume import Volume

MASK_SPACING = 2.0  # mm
SKULL_GAP = 6.0  # mm of erosion that part brain from scalp, in `ants.get_mask`


def brain_mask(head, template, folder):
    """The brain mask of ``head`` on its own grid, and the measures that say how far to trust it.

    Free of bias and at 2 mm or coarser, a first mask by threshold and morphology (`ants.get_mask`) takes skull and
    scalp away; what is left is warped to the stripped template (ANTs' quick SyN: rigid, affine, warp), and the
    template's mask carried back. ``mask_agreement`` is the Dice of the two masks, and ``mask_review`` 1 where that or
    the volume asks for a look. Temporary files stay in ``folder``. Raises InputError where ANTs finds no brain.
    """
    coarse = without_bias(resampled(head, np.maximum(head.spacing, MASK_SPACING)))
    whole = as_ants(coarse)
    first = ants.get_mask(whole, cleanup=max(1, round(SKULL_GAP / float(coarse.spacing.min()))))
    try:
        found = ants.registration(
            as_ants(template.image), whole * first, "antsRegistrationSyNQuick[s]", outprefix=f"{Path(folder)}/strip_"
        )
    except RuntimeError as error:
        raise InputError("ANTs could not find the brain; look at the volume and its header") from error
    mask = apply(template.mask, head, found["invtransforms"], "label", inverse=True)
    mask = Volume((mask.data > 0.5).astype(np.float32), head.affine)
    agreement = dice(apply(Volume(first.numpy(), coarse.affine), head, (), "nearest").data, mask.data)
    volume = float(mask.data.sum()) * mask.voxel_ml
    return mask, {"mask_agreement": agreement, "mask_review": int(bool(review(volume, agreement)))}
