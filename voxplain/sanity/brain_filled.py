"""What a network tells when it is shown only what lies outside the brain.

The brain is replaced by the mean of the split's training scans, voxel by voxel, so that no intensity of the brain is
left. Where heads share a space it is replaced wherever any training scan, or the scan itself, has brain: its outline is
then no longer to be seen either. In spaces of their own only each scan's own brain is replaced, and its outline stays.
"""

import numpy as np
import torch

from voxplain.training.changed_volumes import ChangedVolumes


class BrainFilled(ChangedVolumes):
    """``volumes``, as the network is shown them, with ``fill`` (channels, x, y, z) in place of each brain.

    ``common`` (x, y, z) bool is replaced in all of them, None where they share no space.
    """

    def __init__(self, volumes, fill, common=None):
        super().__init__(volumes)
        self._fill = fill
        self._common = None if common is None else torch.as_tensor(common)

    def __getitem__(self, place):
        hidden = self._volumes.mask(place) > 0
        if self._common is not None:
            hidden = hidden | self._common
        return torch.where(hidden, self._fill, self._volumes[place])


def any_brain(volumes):
    """Voxels (x, y, z) bool that any of ``volumes`` has brain at."""
    found = np.zeros(volumes.shape, bool)
    for place in range(len(volumes)):
        found |= volumes.mask(place).numpy() > 0
    return found
