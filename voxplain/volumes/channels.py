"""What a network is shown of a scan beside its intensities: how much larger than the template each place of it is.

Maps of the log-Jacobian are tensor-based morphometry: registration takes the shape out of the intensities and leaves
it in the transform (Ashburner and Friston, Why voxel-based morphometry should be used, NeuroImage 2001; Hua et al.,
Tensor-based morphometry as a neuroimaging biomarker for Alzheimer's disease, NeuroImage 2008).
"""

import nibabel
import numpy as np

from voxplain.volumes.registration import apply, linear_part, warp_determinant
from voxplain.volumes.volume import Volume

INTENSITY = "intensity"
# A fold has no logarithm; 20 times smaller than the template is as far as anatomy goes
SMALLEST = 0.05


def log_jacobians(registration, reference):
    """Maps on the grid of the volume ``reference``, by channel: ``log_jacobian`` and ``log_jacobian_nonlinear``.

    The natural logarithm of how many times larger the scan's tissue is than the template's: of the whole transform,
    and of its warp alone, without the size that the affine part takes out. Below `SMALLEST`, and where the warp folds,
    it is that of `SMALLEST`. Without a warp the second is 0 everywhere, without a transform both are.
    """
    warped = _warp(registration, reference)
    linear = np.float32(np.log(abs(np.linalg.det(linear_part(registration)[:3, :3]))))
    return {
        "log_jacobian": Volume(warped + linear, reference.affine),
        "log_jacobian_nonlinear": Volume(warped, reference.affine),
    }


def _warp(registration, reference):
    determinant = warp_determinant(registration)
    if determinant is None:
        return np.zeros(reference.data.shape, np.float32)
    warp = next(path for path in registration.forward if not str(path).endswith(".mat"))
    logarithm = Volume(np.log(np.maximum(determinant, SMALLEST)).astype(np.float32), nibabel.load(warp).affine)
    return logarithm.data if logarithm.same_grid(reference) else apply(logarithm, reference, ()).data
