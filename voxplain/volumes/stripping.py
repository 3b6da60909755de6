"""The brain mask of a head with skull, with nothing to download."""

from pathlib import Path

import ants
import numpy as np

from voxplain.errors import InputError
from voxplain.volumes.quality import dice, review
from voxplain.volumes.registration import as_ants
from voxplain.volumes.volume import Volume


def without_bias(head):
    """``head`` with its slow intensity drift removed by N4 (Tustison et al., IEEE Trans. Med. Imaging 2010)."""
    corrected = ants.n4_bias_field_correction(as_ants(Volume(np.clip(head.data, 0, None), head.affine)))
    return Volume(corrected.numpy().astype(np.float32), head.affine)


def brain_mask(head, template, folder):
    """The brain mask of ``head``, free of bias, on its own grid, and the measures of how far to trust it.

    The head is warped to the stripped template (ANTs' quick SyN: rigid, affine, warp) and the template's mask carried
    back. Beside it stands `ants.get_mask`, by threshold and morphology: ``mask_agreement`` is the Dice of the two, and
    ``mask_review`` 1 where that or the volume asks for a look. Temporary files stay in ``folder``.
    """
    moving, fixed = as_ants(head), as_ants(template.image)
    try:
        found = ants.registration(fixed, moving, "antsRegistrationSyNQuick[s]", outprefix=f"{Path(folder)}/strip_")
    except RuntimeError as error:
        raise InputError("ANTs could not find the brain; look at the volume and its header") from error
    back = ants.apply_transforms(
        moving,
        as_ants(template.mask),
        found["invtransforms"],
        interpolator="genericLabel",
        whichtoinvert=[True, False],
    )
    mask = Volume((back.numpy() > 0.5).astype(np.float32), head.affine)
    agreement = dice(ants.get_mask(moving).numpy(), mask.data)
    volume = float(mask.data.sum()) * mask.voxel_ml
    return mask, {"mask_agreement": agreement, "mask_review": int(bool(review(volume, agreement)))}
