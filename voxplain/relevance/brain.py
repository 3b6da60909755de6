"""The template's brain on the grid of maps, where they have a space in common."""

import nibabel
import numpy as np

from voxplain.volumes.grids import regridded
from voxplain.volumes.volume import Volume

OWN_SPACE = "the volumes were not registered: an average of voxels with the same number, not of the same anatomy"


def in_own_space(sources):
    """Whether the maps of ``sources``, which ``read_maps`` returns, lie each in the space of its own scan."""
    return any(getattr(one, "affines", None) is not None for one in sources)


def brain_of_maps(path, sources):
    """The brain mask in the NIfTI file ``path`` on the maps' grid, bool (x, y, z); None where they share no space.

    On another grid in the template's space each voxel has the value of the nearest one.
    """
    if in_own_space(sources):
        return None
    image = nibabel.load(path)
    mask = Volume(np.asarray(image.dataobj), image.affine)
    return regridded(mask, sources[0].maps.shape[1:], sources[0].affine, order=0).data > 0
