"""The shape of a brain mask: one piece without holes, where it is right."""

import numpy as np
from scipy import ndimage


def components(mask):
    """Number of pieces of ``mask`` (x, y, z), whose voxels touch by their faces; 0 where it is empty."""
    return int(ndimage.label(_boxed(mask))[1])


def holes(mask):
    """Number of cavities that the mask encloses: pieces of the outside that touch no other, not even at a corner."""
    _, pieces = ndimage.label(np.pad(~_boxed(mask), 1, constant_values=True), np.ones((3, 3, 3)))
    return int(pieces) - 1


def _boxed(mask):
    mask = np.asarray(mask) > 0.5
    boxes = ndimage.find_objects(mask.astype(np.uint8))
    return mask[boxes[0]] if boxes else mask[:1, :1, :1]
