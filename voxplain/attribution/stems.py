"""The first layer of a network, which is linear: what it makes of a volume, and the way back through it for sums.

On the way from x0 to x it gives the same way between its two results, and of a volume with noise the sum of both; what
comes back to it can be added up over any number of passes before it goes back to the voxels once. A pooling that
follows is taken along, so that of each window only its maximum enters the network and only there something comes back.
"""

from dataclasses import dataclass
from math import prod

import torch
import torch.nn.functional as F

from voxplain.attribution.lean_convolution import _LAST, Convolution

DEAREST = 4  # times the products of the convolution itself, above which blocks do not pay


@dataclass
class Entry:
    """``count`` passes that enter a network behind its stem: ``made(number)`` gives what the stem makes, (1, ...).

    What comes back is added, times ``weights[number]``, to row ``rows[number]`` of ``total``. ``trigger`` stands in
    the graph for the volumes, which are no part of it.
    """

    made: object
    rows: list
    weights: list
    trigger: torch.Tensor
    total: torch.Tensor | None = None

    @classmethod
    def each(cls, made):
        """A pass for each of ``made``, with a row of its own for what comes back."""
        rows = list(range(len(made)))
        return cls(lambda number: made[number : number + 1], rows, [1.0] * len(made), trigger(made))

    @classmethod
    def summed(cls, made, rows, weights, total):
        """Passes whose ways back are summed in ``total``."""
        return cls(made, rows, weights, trigger(total), total)


def trigger(like):
    """A zero that asks for a gradient, of the type and on the device of ``like``."""
    return like.new_zeros((), requires_grad=True)


class DenseStem:
    """A ``convolution``, or nothing at all (None): the rest of the network takes its output as it is."""

    def __init__(self, convolution=None):
        self.convolution = convolution

    def of(self, volumes, constant=True):
        """What the linear layer makes of ``volumes``; without ``constant`` less what it makes of nothing."""
        return volumes.clone() if self.convolution is None else self.convolution.run(volumes, constant)

    def back(self, total, shape):
        """A gradient of what ``of`` makes as a gradient of volumes of ``shape``."""
        return total.clone() if self.convolution is None else self.convolution.back(total, shape)

    def enter(self, entry, ways):
        """What the passes of ``entry`` bring to the rest of the network, with its graph."""
        return _Dense.apply(entry.trigger, entry)


class _Dense(torch.autograd.Function):
    @staticmethod
    def forward(ctx, trigger, entry):
        ctx.entry = entry
        return torch.cat([entry.made(number) for number in range(len(entry.rows))])

    @staticmethod
    def backward(ctx, gradient):
        entry = ctx.entry
        for row, weight, one in zip(entry.rows, entry.weights, gradient, strict=True):
            entry.total[row].add_(one, alpha=weight)
        return torch.zeros_like(entry.trigger), None


class PooledStem:
    """A ``convolution``, ReLU if ``relu``, and max-pooling with windows of ``pool`` that do not overlap.

    The convolution is done in blocks of the size of a window, whose voxels are channels: with 64 channels where there
    were 8 a processor is several times faster, though the products with zeros come on top, and the maximum of a window
    lies in one place.
    """

    def __init__(self, convolution, pool, relu):
        self.pool, self.relu = pool, relu
        self.channels, self.places = len(convolution.weight), prod(pool)
        self.reach, self.padding = convolution.reach, convolution.padding
        self.blocked = _in_blocks(convolution, pool)

    @staticmethod
    def pays(convolution, pool):
        """Whether a convolution can be done in blocks without too many products with zeros."""
        if convolution.stride != (1,) * convolution.axes or convolution.groups != 1:
            return False
        blocks = (-(-(size + reach - 1) // size) for size, reach in zip(pool, convolution.reach, strict=True))
        return prod(pool) * prod(blocks) <= DEAREST * prod(convolution.weight.shape[2:])

    def of(self, volumes, constant=True):
        """What the convolution makes of ``volumes``, (batch, places * channels, *windows)."""
        made = self.blocked.run(self._blocks(volumes), constant)
        return made.contiguous(memory_format=_LAST[len(self.pool)])

    def back(self, total, shape):
        """A gradient of what ``of`` makes as a gradient of volumes of ``shape``."""
        blocks, lengths, axes = self._sizes(shape[2:]), shape[2:], len(self.pool)
        found = self.blocked.back(total, (len(total), shape[1] * self.places, *blocks))
        found = found.view(len(total), *self.pool, shape[1], *blocks)
        order = [one for axis in range(axes) for one in (2 + axes + axis, 1 + axis)]
        found = found.permute(0, 1 + axes, *order)
        found = found.reshape(len(total), shape[1], *(n * p for n, p in zip(blocks, self.pool, strict=True)))
        cut = [
            (before, min(length + before, extent) - before)
            for before, length, extent in zip(self.padding, lengths, found.shape[2:], strict=True)
        ]
        found = found[(..., *(slice(before, before + length) for before, length in cut))]
        pads = [(0, length - have) for (_, have), length in zip(cut, lengths, strict=True)]
        return F.pad(found, [pad for pair in reversed(pads) for pad in pair])

    def enter(self, entry, ways):
        """What the passes of ``entry`` bring to the rest of the network: the maximum of each window, after ReLU."""
        return _Pooled.apply(entry.trigger, self, entry, ways)

    def _sizes(self, lengths):
        """Blocks that the windows of volumes of ``lengths`` see, per axis."""
        sizes = zip(lengths, self.padding, self.reach, self.pool, strict=True)
        windows = [(length + 2 * padding - reach + 1) // size for length, padding, reach, size in sizes]
        return [count + kernel - 1 for count, kernel in zip(windows, self.blocked.weight.shape[2:], strict=True)]

    def _blocks(self, volumes):
        blocks, axes = self._sizes(volumes.shape[2:]), len(self.pool)
        extents = [count * size for count, size in zip(blocks, self.pool, strict=True)]
        sizes = zip(self.padding, extents, volumes.shape[2:], strict=True)
        # cuts off behind what fills no window
        pads = [(padding, extent - length - padding) for padding, extent, length in sizes]
        volumes = F.pad(volumes, [pad for pair in reversed(pads) for pad in pair])
        split = [number for pair in zip(blocks, self.pool, strict=True) for number in pair]
        volumes = volumes.reshape(*volumes.shape[:2], *split)
        order = (0, *range(2, 2 + 2 * axes, 2), *range(3, 3 + 2 * axes, 2), 1)
        volumes = volumes.permute(order).reshape(len(volumes), *blocks, -1)
        return volumes.movedim(-1, 1)


class _Pooled(torch.autograd.Function):
    @staticmethod
    def forward(ctx, trigger, stem, entry, ways):
        outputs, places = None, []
        for number in range(len(entry.rows)):
            made = entry.made(number)
            windows = made.shape[2:]
            if outputs is None:
                outputs = made.new_empty(len(entry.rows), *windows, stem.channels)
            rows = made.movedim(1, -1).reshape(1, 1, windows.numel(), stem.places, stem.channels).movedim(-1, 1)
            largest, place = F.max_pool3d(rows, (1, 1, stem.places), return_indices=True)
            largest, place = (one.movedim(1, -1).reshape(windows.numel(), stem.channels) for one in (largest, place))
            outputs[number] = (largest.relu_() if stem.relu else largest).view(*windows, stem.channels)
            places.append(place)
        ctx.stem, ctx.entry, ctx.ways = stem, entry, ways
        # noted now, since a layer behind may work in place
        ctx.save_for_backward((outputs <= 0).flatten(1, -2) if stem.relu else None, *places)
        return outputs.movedim(-1, 1)

    @staticmethod
    def backward(ctx, gradient):
        stem, entry, rule = ctx.stem, ctx.entry, ctx.ways.relu
        gradient = gradient.movedim(1, -1).reshape(len(entry.rows), -1, stem.channels)
        off, *places = ctx.saved_tensors
        if stem.relu:
            gradient = rule(gradient, off)
            if rule is not slope:
                # ReLU comes before the maximum, which is the first of equals where all of a window is off
                places = [torch.where(one, at - at % stem.places, at) for one, at in zip(off, places, strict=True)]
        weights = gradient.new_tensor(entry.weights).view(-1, 1, 1)
        # whatever needs memory is done before the first sum, so that a batch that fails adds nothing
        for row, place, one in zip(entry.rows, places, gradient * weights, strict=True):
            entry.total[row].movedim(0, -1).view(-1, stem.channels).scatter_add_(0, place, one)
        return torch.zeros_like(entry.trigger), None, None, None


def slope(gradient, off):
    """What comes back through a ReLU by its slope, 0 where it is ``off``."""
    return gradient.masked_fill(off, 0)


def _in_blocks(convolution, pool):
    """The same convolution from blocks of ``pool`` voxels to such blocks, whose places and channels are channels."""
    weight, axes = convolution.weight, convolution.axes
    count = [-(-(size + reach - 1) // size) for size, reach in zip(pool, convolution.reach, strict=True)]
    made = weight.new_zeros(*pool, *weight.shape[:2], *pool, *count)
    taps = [torch.arange(size) * gap for size, gap in zip(weight.shape[2:], convolution.dilation, strict=True)]
    for place in torch.cartesian_prod(*(torch.arange(size) for size in pool)).view(-1, axes).tolist():
        at = [tap + start for tap, start in zip(taps, place, strict=True)]
        inside = torch.meshgrid(*(one % size for one, size in zip(at, pool, strict=True)), indexing="ij")
        block = torch.meshgrid(*(one // size for one, size in zip(at, pool, strict=True)), indexing="ij")
        # with indices between two slices the indexed axes stay where they are only when put last
        target = made[tuple(place)].movedim((0, 1), (-2, -1))
        target[(*inside, *block)] = weight.movedim((0, 1), (-2, -1))
    made = made.view(prod(pool), *weight.shape[:2], prod(pool), *count).transpose(2, 3)
    ones = (1,) * axes
    return Convolution(
        made.reshape(prod(pool) * len(weight), prod(pool) * weight.shape[1], *count).contiguous(
            memory_format=_LAST[axes]
        ),
        convolution.bias.repeat(prod(pool)),
        *(ones, (0,) * axes, ones, 1),
    )
