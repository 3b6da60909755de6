"""A small atlas and profiles with numbers that can be worked by hand."""

import numpy as np

from voxplain.relevance.atlas import Atlas
from voxplain.relevance.regions import Profiles

SHAPE = (4, 3, 2)
NAMES = {2: "Putamen_L", 5: "Putamen_R", 7: "Vermis", 9: "Lost_L"}


def made_atlas():
    """Labels 2 (4 voxels), 5 (2 voxels) and 7 (6 voxels); 9 has none."""
    labels = np.zeros(SHAPE, np.int32)
    labels[0, :2], labels[3, 0], labels[1:3, :, 0] = 2, 5, 7
    return Atlas(labels, np.diag([2.0, 2, 2, 1]), NAMES)


def made_profiles(sizes, voxels=None, region=None, sums=None):
    """Profiles of maps whose absolute sums are ``sizes`` (maps, regions); regions of 10 voxels each by default."""
    sizes = np.asarray(sizes, float)
    number = sizes.shape[1]
    return Profiles(
        index=np.arange(1, number + 1),
        region=region or [f"region {place}" for place in range(1, number + 1)],
        voxels=np.full(number, 10) if voxels is None else np.asarray(voxels),
        sums=sizes if sums is None else np.asarray(sums, float),
        sizes=sizes,
    )
