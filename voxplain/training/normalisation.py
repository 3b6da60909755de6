"""Intensities made comparable by what the training scans of a split say, and by nothing else of the study.

What is fitted, a dict of tensors, is kept with the weights and put between the volumes and the network wherever the
network looks at a scan: while it trains, predicts, is explained, is randomised and is localised. A network is never
given anything but normalised volumes, so a map is with respect to them too: it says how the score answers to a
standard deviation of a voxel, or to a step of the standard scale, not to a unit of the scanner.
"""

import hashlib

import numpy as np
import torch

from voxplain.errors import InputError
from voxplain.training.changed_volumes import ChangedVolumes

# Names of what each kind fits
NEEDS = {
    "none": (),
    "zscore": (),
    "voxel_zscore": ("mean", "spread"),
    "histogram": ("landmarks",),
    "histogram_zscore": ("landmarks",),
}
LEAST_SPREAD = 1e-10
STANDARD = 0.0, 100.0  # the standard scale's ends
# Nyul and Udupa's landmarks: the deciles, and ends that leave out noise and hot vessels
PERCENTILES = np.array([1, *range(10, 100, 10), 99], float)


def fitted(kind, volumes, most=None, stream=()):
    """What the normalisation ``kind`` learns from ``volumes``, a split's training scans: tensors by name.

    ``most`` scans at most, drawn by the ``stream`` (whole numbers) alone; None takes all. ``none`` and ``zscore`` learn
    nothing, nor does anything from no scan. Shapes: ``mean`` and ``spread`` (channels, x, y, z) float32, ``landmarks``
    (channels, 11) float64.
    Raises InputError where a histogram has no spread.
    """
    if not len(volumes):
        return {}
    if kind == "voxel_zscore":
        return _voxel_moments(volumes, _chosen(len(volumes), most, stream))
    if kind.startswith("histogram"):
        return {"landmarks": _mean_landmarks(volumes, _chosen(len(volumes), most, stream))}
    return {}


def normalised(volumes, kind, found):
    """``volumes`` as networks are shown them: normalised by what was ``found`` (see `fitted`); themselves for none."""
    return volumes if kind == "none" else NormalisedVolumes(volumes, kind, found)


class NormalisedVolumes(ChangedVolumes):
    """The volumes of a store with their normalisation; everything else is as in `voxplain.store.Volumes`.

    A checksum covers the normalisation too, so that nothing made from one is taken for that of another. Masked volumes
    are normalised after they were masked. Channels other than intensities are left alone but by ``voxel_zscore``.
    """

    def __init__(self, volumes, kind, found):
        super().__init__(volumes)
        self._kind, self._found = kind, found
        digest = hashlib.blake2b(kind.encode(), digest_size=16)
        for name in sorted(found):
            digest.update(found[name].numpy().tobytes())
        self._digest = digest.hexdigest()

    def __getitem__(self, i):
        volume = self._volumes[i]
        if self._kind == "voxel_zscore":
            return _voxel_zscore(volume, self._found["mean"], self._found["spread"])
        for channel in self.intensities:
            if self._kind.startswith("histogram"):
                inside = self._volumes.mask(i) > 0
                volume[channel] = standardised(volume[channel], inside, self._found["landmarks"][channel])
            if self._kind.endswith("zscore"):
                volume[channel] = zscored(volume[channel])
        return volume

    @property
    def checksums(self):
        """One text a scan, which changes with its volume and with the normalisation."""
        return [f"{checksum}-{self._digest}" for checksum in self._volumes.checksums]


def landmarks(volume, inside):
    """Percentiles (11,) float64 of ``volume`` (x, y, z) where ``inside``; of all of it where ``inside`` is empty."""
    values = volume[inside] if inside.any() else volume
    return np.percentile(values.numpy().astype(np.float64), PERCENTILES)


def standardised(volume, inside, standard):
    """``volume`` (x, y, z) on the standard scale: its `landmarks` go to those of ``standard``, straight lines between.

    Beyond the first and the last the outermost lines go on. Landmarks that coincide, as where much of a volume is
    empty, are taken as one.

    Nyul and Udupa, On standardizing the MR image intensity scale, Magnetic Resonance in Medicine 1999; Nyul, Udupa and
    Zhang, New variants of a method of MRI scale standardization, IEEE Transactions on Medical Imaging 2000.
    """
    own, standard = landmarks(volume, inside), np.asarray(standard)
    apart = np.concatenate([[True], np.diff(own) > 1e-6 * max(np.ptp(own), 1e-30)])
    own, standard = own[apart], standard[apart]
    if len(own) < 2:
        return torch.zeros_like(volume)
    slopes = np.diff(standard) / np.diff(own)
    piece = np.searchsorted(own[1:-1], volume.numpy(), side="right")
    moved = standard[piece] + slopes[piece] * (volume.numpy() - own[piece])
    return torch.from_numpy(moved.astype(np.float32))


def zscored(volume):
    """``volume`` (x, y, z) less the mean of its voxels above its mean, over their standard deviation; 0 without one."""
    above = volume[volume > volume.mean()].double()
    if above.numel() < 2 or not above.std(correction=1) > 0:
        return torch.zeros_like(volume)
    return ((volume.double() - above.mean()) / above.std(correction=1)).float()


def _voxel_zscore(volume, mean, spread):
    # A voxel that is the same in every training scan tells nothing; over 1e-10 it would drown all others
    return torch.where(spread > 0, (volume - mean) / (spread + LEAST_SPREAD), torch.zeros(()))


def _chosen(count, most, stream):
    if most is None or count <= most:
        return range(count)
    return sorted(np.random.default_rng([*stream, count]).permutation(count)[:most].tolist())


def _voxel_moments(volumes, places):
    """Mean and standard deviation of each voxel in one pass, after Welford, in float64."""
    mean = squares = torch.zeros(())
    for number, place in enumerate(places, 1):
        volume = volumes[place].double()
        away = volume - mean
        mean = mean + away / number
        squares = squares + away * (volume - mean)
    return {"mean": mean.float(), "spread": (squares / len(places)).clamp(min=0).sqrt().float()}


def _mean_landmarks(volumes, places):
    low, high = STANDARD
    standard = np.tile(np.linspace(low, high, len(PERCENTILES)), (volumes.channels, 1))
    for channel in volumes.intensities:
        total = 0.0
        for place in places:
            own = landmarks(volumes[place][channel], volumes.mask(place) > 0)
            if not own[-1] > own[0]:
                raise InputError(f"{volumes.scans[place]}: its intensities have no spread; look at the volume")
            total = total + low + (own - own[0]) * (high - low) / (own[-1] - own[0])
        standard[channel] = total / len(places)
    return torch.from_numpy(standard)
