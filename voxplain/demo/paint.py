"""T1-like intensities of everything around the brain, white matter being 1."""

import numpy as np

from voxplain.demo.grid import LATTICE, resampled
from voxplain.demo.streams import smooth_noise

CSF_MARGIN = 1.5
SKIN = 1.6
MUSCLE = 2.0


def _over(image, distance, value, spacing):
    """``image`` with ``value`` painted where ``distance`` is negative, mixed in the voxels that its surface cuts."""
    share = np.clip(0.5 - distance / spacing, 0, 1)
    return image + share * (value - image)


def paint_head(head, generator, *, skull, fat, fat_intensity):
    """Intensities (x, y, z) of a head in template space, its brain case filled with CSF.

    ``skull`` and ``fat`` are mean thicknesses in mm; both vary smoothly over the head.
    """
    spacing, shapes = head.grid.spacing, head.shapes

    def texture(width):
        return resampled(smooth_noise(generator, LATTICE.shape, width / LATTICE.spacing), LATTICE, head.grid)

    skull = skull * (1 + 0.16 * texture(18.0))
    fat = fat * (1 + 0.2 * texture(18.0))
    patches, grain = texture(4.0), texture(2.4)
    bone = head.case - CSF_MARGIN
    surface = np.minimum(shapes["flesh"], bone - skull - fat - MUSCLE)

    image = _over(np.zeros(head.grid.shape, np.float32), surface, 0.38, spacing)
    image = _over(image, surface + SKIN, fat_intensity * (1 + 0.05 * grain), spacing)
    muscle = 0.40 + 0.04 * patches + 0.02 * grain + 0.26 * np.clip(3 * (patches - 0.8), 0, 1)
    image = _over(image, surface + SKIN + 0.9 * fat, muscle, spacing)
    image = _over(image, shapes["cheekbones"], 0.12, spacing)
    image = _over(image, shapes["orbits"], 0.92 + 0.03 * grain, spacing)
    image = _over(image, shapes["eyes"], 0.17, spacing)
    image = _over(image, shapes["mastoids"], 0.12 + 0.1 * np.clip(patches, 0, 1), spacing)
    image = _over(image, shapes["vertebrae"], 0.62 + 0.05 * grain, spacing)
    image = _over(image, shapes["discs"], 0.22, spacing)
    image = _over(image, shapes["canal"], 0.14, spacing)
    image = _over(image, shapes["cord"], 0.70, spacing)
    image = _over(image, shapes["air"], 0.015, spacing)
    marrow = np.exp(-(((bone / skull - 0.5) / 0.22) ** 2)) * (1 + 0.15 * grain)
    image = _over(image, bone - skull, 0.06 + 0.42 * marrow, spacing)
    image = _over(image, bone, 0.26, spacing)
    return _over(image, bone + 1.2, 0.13, spacing)
