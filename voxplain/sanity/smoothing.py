"""Maps averaged over copies of a volume with noise, which a randomisation test compares with less chance in them.

Hedström, Weber, Lapuschkin, Höhne, Sanity Checks Revisited: An Exploration to Repair the Model Parameter Randomisation
Test, XAI in Action, NeurIPS 2023; the noise is that of SmoothGrad (Smilkov et al. 2017).
"""

import numpy as np
import torch

from voxplain.relevance.explanation import explained_maps


class NoisedVolumes:
    """``volumes`` with Gaussian noise, the same at every reading; all else is theirs.

    Its standard deviation is the share ``noise`` of the range of each volume; ``seed`` is a sequence of integers.
    """

    def __init__(self, volumes, noise, seed):
        self.volumes, self.noise, self.seed = volumes, noise, seed

    def __len__(self):
        return len(self.volumes)

    def __getitem__(self, place):
        volume = self.volumes[place]
        generator = np.random.default_rng([*self.seed, *self.volumes.scans[place].encode()])
        drawn = torch.from_numpy(generator.standard_normal(tuple(volume.shape), np.float32))
        return volume + self.noise * (volume.max() - volume.min()) * drawn

    def __getattr__(self, name):
        return getattr(self.volumes, name)


def smoothed_maps(network, volumes, classes, method, device="cpu", covariates=None, *, samples, noise, seed):
    """The mean map (n, x, y, z) float32 over ``samples`` noised copies of each of ``volumes``, of ``classes``.

    Every network is shown the same copies, so that maps of two differ by the networks alone. The first arguments are
    those of `explained_maps`, ``noise`` and ``seed`` as in `NoisedVolumes`.
    """
    total = np.zeros((len(volumes), *volumes.shape))
    for sample in range(samples):
        noised = NoisedVolumes(volumes, noise, [*seed, sample])
        for place, values in enumerate(explained_maps(network, noised, classes, method, device, covariates)):
            total[place] += values
    return (total / samples).astype(np.float32)
