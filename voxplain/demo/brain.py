"""The MNI152 brain that every made brain grows from: the maps that nilearn's wheel carries, at 1 mm.

Fonov et al., Unbiased nonlinear average age-appropriate brain templates from birth to adulthood, NeuroImage 2009.
"""

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import nibabel as nib
import numpy as np
from scipy import ndimage

from voxplain.demo.grid import Grid

SHARPENING = 1.2
T1_OF_WHITE_MATTER = 0.86
CSF = 0.14
# The T1 gives the detail; the tissue classes, which every person has at a contrast of their own, the rest.
TISSUE_SHARE = 0.45


@dataclass(frozen=True)
class Brain:
    """Tissue maps (x, y, z) float32 on ``grid``; intensity is ``plain`` and ``TISSUE_SHARE`` of grey matter's."""

    grid: Grid
    extent: np.ndarray
    plain: np.ndarray
    grey: np.ndarray
    white: np.ndarray


def _map(name):
    folder = Path(find_spec("nilearn").origin).parent / "datasets" / "data"
    image = nib.load(folder / f"mni_icbm152_{name}_tal_nlin_sym_09a_converted.nii.gz")
    return np.asarray(image.dataobj, np.float32) / 255, image.affine


def load_brain(spacing):
    """The template brain, blurred just enough to be sampled every ``spacing`` mm."""
    t1, affine = _map("t1")
    grey, white = _map("gm")[0], _map("wm")[0]
    extent = ndimage.binary_fill_holes(ndimage.binary_opening(t1 > 0.02)).astype(np.float32)
    # An average of many brains is smoother than one person's.
    t1 = np.clip(t1 + SHARPENING * (t1 - ndimage.gaussian_filter(t1, 1.6)) * extent, 0, 1.2)
    csf = np.clip(extent - grey - white, 0, 1)
    plain = (1 - TISSUE_SHARE) * t1 / T1_OF_WHITE_MATTER + TISSUE_SHARE * (white + CSF * csf)
    grid = Grid(tuple(float(value) for value in affine[:3, 3]), 1.0, t1.shape)
    sigma = 0.35 * (spacing - 1)
    maps = (ndimage.gaussian_filter(part, sigma) for part in (extent, plain, grey, white))
    return Brain(grid, *maps)
