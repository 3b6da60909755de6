"""The search for a coarse mask: the cells that, laid over a volume, have the least total of score and penalties."""

import math

import torch

from voxplain.attribution.coarse_masks import margined, shifted, total_variation
from voxplain.attribution.grids import spread
from voxplain.errors import UnsupportedModel


def best_cells(measure, whole, volumes, covering, matrices, settings):
    """The mask of cells with the least total of each volume, (batch, *cells), after AMSGrad from a mask of ones.

    ``measure`` gives s of covered volumes, (count, batch), and ``whole`` is s of the volumes, (batch,); ``covering``,
    (count, batch, channels, *spatial), shows where a mask is 0, and ``matrices`` lay the cells over the voxels.
    ``settings`` are `PerturbationSettings`. Raises UnsupportedModel when no gradient flows back from s.
    """
    kind = torch.promote_types(volumes.dtype, torch.float32)
    matrices = [matrix.to(volumes.device, kind) for matrix in matrices]
    back = [matrix.T for matrix in matrices]
    cells = [matrix.shape[1] for matrix in matrices]
    masks = torch.ones(len(volumes), *cells, dtype=kind, device=volumes.device)
    sign, area = (-1, lambda: 1 - masks) if settings.form == "deletion" else (1, lambda: masks)
    optimiser = torch.optim.Adam([masks], lr=settings.rate, betas=(0.9, 0.99), amsgrad=True)
    views = Shifts(volumes, covering, settings)
    best, least = masks.clone(), torch.full_like(whole, float("inf"), dtype=kind)
    for iteration in range(settings.iterations):
        laid = spread(masks, matrices)
        totals, slopes = _shortfall(measure, whole, views, laid[:, None].to(volumes.dtype), settings)
        weight = min(iteration / settings.ramp, 1) if settings.ramp else 1
        variation, slope = total_variation(laid, settings.beta)
        penalty = settings.l1 * area().flatten(1).mean(1) + settings.tv * variation
        totals = totals.to(kind) + weight * penalty
        if iteration >= settings.keep_after:
            better = totals < least
            least = torch.where(better, totals, least)
            best[better] = masks[better]
        # laying cells over voxels is linear, so that all slopes go back to the cells together
        slopes = slopes[:, 0].to(kind).add_(slope, alpha=weight * settings.tv)
        masks.grad = spread(slopes, back) + sign * weight * settings.l1 / math.prod(cells)
        for group in optimiser.param_groups:
            group["lr"] = settings.rate_at(iteration)
        optimiser.step()
        masks.clamp_(0, 1)
    return best


class Shifts:
    """Volumes and what covers them, moved alike: `margined` once, after which each shift is a view."""

    def __init__(self, volumes, covering, settings):
        self.settings, self.axes = settings, volumes.dim() - 2
        self.volumes = margined(volumes, settings.shifts, settings.padding)
        self.covering = [margined(one, settings.shifts, settings.padding) for one in covering]
        self.generator = torch.Generator().manual_seed(settings.seed)

    def drawn(self):
        """Volumes and list of coverings at the next random shift."""
        low, high = self.settings.shifts
        offsets = torch.randint(low, high + 1, (self.axes,), generator=self.generator).tolist()
        return self._at(self.volumes, offsets), [self._at(one, offsets) for one in self.covering]

    def _at(self, margined, offsets):
        return shifted(margined, offsets, self.settings.shifts)


def covered(volumes, covering, masks):
    """The volumes where ``masks``, (batch, 1, *spatial), are 1, each of ``covering`` where they are 0: a list."""
    return [torch.lerp(one, volumes, masks) for one in covering]


def _shortfall(measure, whole, views, masks, settings):
    """How far s is from what is asked, a mean over ``samples`` shifts, (batch,), and its slope at each voxel's mask."""
    totals, slopes = 0, torch.zeros_like(masks)
    # one shift at a time: the memory of one pass, however many shifts
    for _ in range(settings.samples):
        masks = masks.detach().requires_grad_()
        with torch.enable_grad():
            measured = measure(covered(*views.drawn(), masks))
            if settings.form == "deletion":
                short = (measured - settings.goal).relu().mean(0)
            else:
                short = (whole - settings.goal - measured).relu().mean(0)
            slope = torch.autograd.grad(short.sum(), masks, allow_unused=True)[0] if short.requires_grad else None
        if slope is None:
            raise UnsupportedModel("no gradient flows from the score to the volume; use occlusion, which needs none")
        slopes += slope / settings.samples
        totals = totals + short.detach() / settings.samples
    return totals, slopes
