"""What keeps an ideal input from being noise that only a network could love.

L2: Simonyan, Vedaldi, Zisserman 2014, arXiv 1312.6034; variation and jitter: Mahendran, Vedaldi 2015, arXiv 1412.0035;
blur every few steps: Yosinski et al. 2015, arXiv 1506.06579.
"""

from dataclasses import dataclass

import torch

from voxplain.attribution.baselines import blurred
from voxplain.errors import SettingsError
from voxplain.networks.options import check_choice, whole_number


@dataclass(frozen=True, kw_only=True)
class Priors:
    """The weights of the penalties and what else is done to an input that is looked for.

    ``l2``, ``tv`` and ``subspace`` weigh penalties of the *change*, what was added to the start, all in spreads (see
    `TrainingBrains`): the penalty is l2 |change|² / 2 + tv V(change) / 2 + subspace P(input), where V sums the squares
    of differences between neighbours and P is `Subspace.penalty`. A weight says how hard a voxel that is changed by one
    spread is pulled back, where 1 is how hard the score pulls at voxels on the whole (see `ascent.pulled`).
    The change goes through a Gaussian of ``blur`` voxels, whose variance falls as the rate of the steps does, after
    every ``blur_every`` of them (0: never); the network sees the input shifted by up to ``jitter`` voxels; and,
    ``projected``, the input never leaves the subspace, nor goes farther than ``reach`` of the scans' standard
    deviations along any axis.
    """

    l2: float = 0.1
    tv: float = 0.05
    subspace: float = 0.0
    blur: float = 0.5
    blur_every: int = 10
    jitter: int = 1
    projected: bool = False
    reach: float = 3.0

    def __post_init__(self):
        for name in ("l2", "tv", "subspace", "blur", "reach"):
            check_amount(name, getattr(self, name))
        for name in ("blur_every", "jitter"):
            whole_number(name, getattr(self, name), least=0)
        check_choice("projected", self.projected, (True, False))

    @property
    def need_subspace(self):
        """Whether the training scans' principal axes are asked for."""
        return self.projected or self.subspace > 0

    @property
    def stiffness(self):
        """The largest factor by which the slope of the penalties can multiply a change in three dimensions."""
        return self.l2 + 12 * self.tv + self.subspace

    def penalty(self, change, difference, brains):
        """The penalty of an input that is ``change`` from its start and ``difference`` from the mean scan."""
        total = self.l2 * change.square().sum() / 2 + self.tv * variation(change) / 2
        return total + self.subspace * brains.subspace.penalty(difference) if self.subspace else total

    def slope(self, change, difference, brains):
        """The gradient of `penalty` at each voxel."""
        found = self.l2 * change + self.tv * variation_slope(change)
        return found + self.subspace * brains.subspace.slope(difference) if self.subspace else found

    def shift(self, axes, generator):
        """A shift for each of the spatial ``axes``."""
        if not self.jitter:
            return [0] * axes
        return torch.randint(-self.jitter, self.jitter + 1, (axes,), generator=generator).tolist()

    def smoothed(self, change, step, left=1.0):
        """``change`` after so many steps, at the share ``left`` of the first rate: blurred where it is time."""
        due = self.blur and self.blur_every and step % self.blur_every == 0
        # the variance of a blur is what a step is long: the last blurs must not undo what small steps cannot redo
        return blurred(change[None], self.blur * left**0.5)[0] if due else change

    def admitted(self, difference, brains):
        """``difference`` within the training scans' intensities or, where projected, the nearest in the subspace."""
        difference = difference.clamp(*brains.limits())
        # last, since within the subspace there is no way to hold single voxels
        return brains.subspace.nearest(difference, self.reach) if self.projected else difference


def variation(change):
    """Sum of the squared differences between neighbours along each spatial axis of ``change`` (channels, *spatial)."""
    return sum(change.diff(dim=axis).square().sum() for axis in range(1, change.dim()))


def variation_slope(change):
    """Half the gradient of `variation`: by how much each voxel is above its neighbours, summed over these."""
    found = torch.zeros_like(change)
    for axis in range(1, change.dim()):
        length = change.shape[axis]
        steps = change.diff(dim=axis)
        found.narrow(axis, 1, length - 1).add_(steps)
        found.narrow(axis, 0, length - 1).sub_(steps)
    return found


def check_amount(name, value):
    """Raise SettingsError where ``value`` is not a finite number of at least 0."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
        raise SettingsError(f"{name} is {value!r}; give a number of at least 0")
