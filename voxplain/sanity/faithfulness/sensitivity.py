"""By how much a map changes when the scan hardly does.

Yeh et al. 2019, On the (In)fidelity and Sensitivity of Explanations, arXiv 1901.09392.
"""

import numpy as np
import torch

from voxplain.training.changed_volumes import ChangedVolumes


def max_sensitivity(original, neighbours):
    """Largest distance of the maps of ``neighbours`` (an iterable) from ``original``, over the length of ``original``.

    Maps are arrays of the same voxels; lengths are Euclidean. NaN where the original is constant, without length or
    not finite, or a neighbour is not finite.
    """
    original = np.asarray(original, np.float64)
    length = np.linalg.norm(original)
    if not np.isfinite(length) or not length > 0 or np.ptp(original) == 0:
        return np.nan
    away = [np.linalg.norm(np.asarray(one, np.float64) - original) / length for one in neighbours]
    return float(max(away)) if away and np.isfinite(away).all() else np.nan


class Jittered(ChangedVolumes):
    """Volumes with noise, uniform in ``radius`` standard deviations of the volume to either side, inside ``region``.

    ``region`` (x, y, z) is where a scan may differ, so that what a masked network is shown as nothing stays nothing.
    """

    def __init__(self, volumes, region, radius, seed):
        super().__init__(volumes)
        self._region, self._radius, self._seed = torch.from_numpy(region), radius, seed

    def __getitem__(self, i):
        volume = self._volumes[i]
        drawn = np.random.default_rng([*self._seed, i]).uniform(-1, 1, tuple(volume.shape)).astype(np.float32)
        spread = volume[:, self._region].std(correction=0)
        return volume + torch.from_numpy(drawn) * self._radius * spread * self._region
