"""What a split's training scans look like together: the place and the unit in which ideal inputs are looked for."""

from dataclasses import dataclass

import torch

from voxplain.errors import InputError, SettingsError
from voxplain.insight.subspace import Subspace, principal_subspace
from voxplain.networks.options import whole_number


@dataclass(frozen=True)
class TrainingBrains:
    """Mean (channels, *spatial), and per channel what intensities are measured by.

    ``spread`` is the root mean square, over scans and over the voxels that are ``varying``, of what a scan differs from
    the mean; ``level`` the mean intensity of these voxels; ``low`` and ``high`` the smallest and largest of any voxel.
    ``subspace`` holds the principal axes of scans in that unit, or is None.
    """

    mean: torch.Tensor
    varying: torch.Tensor
    level: torch.Tensor
    spread: torch.Tensor
    low: torch.Tensor
    high: torch.Tensor
    scans: int
    subspace: Subspace | None = None

    def standardised(self, volume):
        """``volume`` (channels, *spatial) as its difference from the mean in spreads, 0 where no scan differs."""
        return (volume.to(self.mean) - self.mean) / self._per_voxel(self.spread) * self.varying

    def restored(self, difference):
        """The volume whose `standardised` is ``difference``."""
        return self.mean + difference * self._per_voxel(self.spread)

    def limits(self):
        """The least and the largest `standardised` value of each voxel within the training scans' intensities."""
        low, high = (self._per_voxel(one).expand_as(self.mean) for one in (self.low, self.high))
        return self.standardised(low), self.standardised(high)

    def flat(self):
        """The `standardised` volume that is at ``level`` everywhere."""
        return self.standardised(self._per_voxel(self.level).expand_as(self.mean))

    def to(self, device, dtype):
        """The same on ``device`` in ``dtype``."""
        tensors = {name: getattr(self, name).to(device, dtype) for name in ("mean", "level", "spread", "low", "high")}
        subspace = self.subspace and self.subspace.to(device, dtype)
        return TrainingBrains(**tensors, varying=self.varying.to(device), scans=self.scans, subspace=subspace)

    def _per_voxel(self, values):
        return values.view(-1, *[1] * (self.mean.dim() - 1))


def training_brains(volumes, components=0, megabytes=512):
    """`TrainingBrains` of ``volumes``: anything of a length whose items are (channels, *spatial), read one at a time.

    With ``components`` above 0 the scans' principal axes are found too, exactly, from the products of all pairs of
    scans: these are read once more for each ``megabytes`` that all of them take. The same voxel in every scan, as what
    lies outside of a mask, is not varying. Raises InputError where there are fewer than two scans, where they do not
    fit together or do not differ; SettingsError where there are not more scans than components.
    """
    count = len(volumes)
    if count < 2:
        raise InputError(f"{count} training scans; what is usual among them takes at least 2")
    if whole_number("components", components, least=0) >= count:
        raise SettingsError(f"components is {components}, but there are {count} training scans; give fewer")
    mean, squares, low, high = _moments(volumes)
    varying = (high > low).reshape(len(mean), -1)
    if not varying.any(1).all():
        raise InputError(f"the {count} training scans are all the same in a channel; there is nothing to measure by")
    apart = (squares.flatten(1) * varying).sum(1) / (varying.sum(1) * count)
    brains = TrainingBrains(
        mean=mean,
        varying=varying.view_as(mean),
        level=(mean.flatten(1) * varying).sum(1) / varying.sum(1),
        spread=apart.sqrt(),
        low=low.flatten(1).amin(1).double(),
        high=high.flatten(1).amax(1).double(),
        scans=count,
    )
    if not components:
        return brains
    found = principal_subspace(_Standardised(volumes, brains), components, int(varying.sum()), megabytes)
    return TrainingBrains(**(vars(brains) | {"subspace": found}))


class _Standardised:
    """Scans as flat standardised vectors, float64."""

    def __init__(self, volumes, brains):
        self.volumes, self.brains = volumes, brains

    def __len__(self):
        return len(self.volumes)

    def __getitem__(self, place):
        return self.brains.standardised(self.volumes[place].double()).flatten()


def _moments(volumes):
    """Mean and summed squares about it of each voxel, after Welford in float64, and its smallest and largest value."""
    first = volumes[0]
    mean, squares = torch.zeros_like(first, dtype=torch.float64), torch.zeros_like(first, dtype=torch.float64)
    low, high = first, first
    for place in range(len(volumes)):
        volume = volumes[place]
        if volume.shape != first.shape:
            raise InputError(
                f"training scan {place} has shape {tuple(volume.shape)}, the first {tuple(first.shape)}; crop it"
            )
        if not torch.isfinite(volume).all():
            raise InputError(f"training scan {place} holds NaN or infinity; leave it out")
        away = volume.double() - mean
        mean = mean + away / (place + 1)
        squares = squares + away * (volume - mean)
        low, high = torch.minimum(low, volume), torch.maximum(high, volume)
    return mean, squares, low, high
