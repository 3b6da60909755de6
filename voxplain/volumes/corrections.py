"""What a scanner adds to a head and can be taken away again: its bias field, and noise."""

import ants
import numpy as np

from voxplain.volumes.grids import resampled
from voxplain.volumes.registration import apply, as_ants
from voxplain.volumes.volume import Volume

BIAS_SPACING = 2.0  # mm; the field is smooth over some 25 mm, and N4 at 1 mm takes a minute


def without_bias(head):
    """``head`` divided by its bias field, which N4 estimates on a grid of 2 mm or the head's own if that is coarser.

    Tustison et al., N4ITK: improved N3 bias correction, IEEE Transactions on Medical Imaging 2010.
    """
    coarse = resampled(Volume(np.clip(head.data, 0, None), head.affine), np.maximum(head.spacing, BIAS_SPACING))
    image = as_ants(coarse)
    tissue = ants.get_mask(image, cleanup=0)
    field = ants.n4_bias_field_correction(image, mask=tissue, shrink_factor=4, return_bias_field=True)
    field = apply(Volume(field.numpy(), coarse.affine), head, ()).data
    return Volume(head.data / np.where(field > 0, field, 1), head.affine)


def without_noise(head):
    """``head`` with its Rician noise averaged away, each voxel over those nearby that look alike; edges stay.

    Manjon et al., Adaptive non-local means denoising of MR images with spatially varying noise levels, Journal of
    Magnetic Resonance Imaging 2010. The magnitude is taken to be above zero: what lies below is set to it.
    """
    image = as_ants(Volume(np.clip(head.data, 0, None), head.affine))
    quiet = ants.denoise_image(image, noise_model="Rician").numpy()
    return Volume(np.clip(quiet, 0, None).astype(np.float32), head.affine)
