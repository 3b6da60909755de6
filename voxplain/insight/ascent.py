"""Steps uphill: an input changed bit by bit so that a score rises, as far as priors let it."""

import math

import torch

from voxplain.errors import UnsupportedModel

MOST = 3.0  # so that a few voxels with huge slopes neither set the pace nor run away


def ascended(question, begin, centre, brains, priors, *, iterations, rate, sign, generator):
    """The `TrainingBrains.standardised` input that ``begin`` becomes, and its path: score and largest slope.

    Each step adds rate (g - slope of the priors' penalty of the change from ``centre``), where g is what `pulled` makes
    of the gradient of ``sign`` times the score, of the input shifted at random: in its own unit, so that rate and
    penalties weigh the same whatever the unit of a score and the number of voxels. The rate falls to nothing along half
    a cosine, and is lowered where the penalties would make its steps diverge. Voxels that are the same in all training
    scans stay, and unless the search is projected intensities keep to the range of the training scans: what would leave
    it does not count for the unit of g. A step at which the score has no slope follows the penalties alone.
    Raises UnsupportedModel where no gradient flows from the score or where it is not finite.
    """
    low, high = brains.limits()
    difference = begin
    pace = min(rate, 1 / priors.stiffness) if priors.stiffness else rate
    path = []
    for step in range(iterations):
        shift = priors.shift(begin.dim() - 1, generator)
        value, slope = _score_and_slope(question, brains, difference, shift)
        if not math.isfinite(value) or not torch.isfinite(slope).all():
            raise UnsupportedModel(f"the score or its gradient is not finite after {step} steps; take another target")
        slope = sign * slope
        fixed = ~brains.varying
        if not priors.projected:
            # what would leave the range of intensities must not set the pace of the rest
            fixed = fixed | ((difference >= high) & (slope > 0)) | ((difference <= low) & (slope < 0))
        slope = slope.masked_fill(fixed, 0)
        path.append((value, float(slope.abs().max())))
        pull = pulled(slope, brains.subspace if priors.projected else None)
        pull = (pull - priors.slope(difference - centre, difference, brains)) * brains.varying
        left = (1 + math.cos(math.pi * step / iterations)) / 2
        difference = difference + pace * left * pull
        difference = centre + priors.smoothed(difference - centre, step + 1, left) * brains.varying
        difference = priors.admitted(difference, brains)
    return difference, path


def pulled(slope, subspace=None):
    """``slope`` in units of its root mean square where it is not 0, and cut at `MOST` of them; 0 where it is nothing.

    With a ``subspace``: that of the score per standard deviation of the scans along each axis, in such units, as a
    change of the volume.
    """
    if subspace is not None:
        along = subspace.axes @ slope.flatten() * subspace.sds
        return ((pulled(along) * subspace.sds) @ subspace.axes).view_as(slope)
    largest = slope.abs().max()
    if not largest > 0:
        return slope
    # the squares of slopes of a probability near 1 would vanish
    slope = slope / largest
    return (slope / slope[slope != 0].square().mean().sqrt()).clamp(-MOST, MOST)


def _score_and_slope(question, brains, difference, shift):
    """The score of an input shifted by ``shift``, what leaves on one side entering on the other, and its gradient."""
    leaf = difference.clone().requires_grad_()
    with torch.enable_grad():
        volume = brains.restored(leaf).roll(shift, tuple(range(1, leaf.dim())))
        score = question.scores(volume[None])
        slope = torch.autograd.grad(score.sum(), leaf, allow_unused=True)[0] if score.requires_grad else None
    if slope is None:
        raise UnsupportedModel("no gradient flows from the score to the volume; the network detaches it on the way")
    return float(score.detach()[0]), slope
