"""What an operation of a network does to a window of cells: nothing else but to slide over it or work cell by cell."""

from dataclasses import dataclass
from functools import reduce
from math import prod

import torch
import torch.nn.functional as F


@dataclass(frozen=True)
class Moves:
    """How a window slides: one number per axis; ``kernel`` counts the gaps of dilation."""

    kernel: tuple
    stride: tuple
    # how far values of ``fill`` go on around the volume
    before: tuple
    behind: tuple
    fill: float = 0.0
    # whether cells that fill no whole window make one more
    ceil: bool = False

    def cells(self, axis, length):
        """How many outputs ``length`` inputs have."""
        stride = self.stride[axis]
        steps = length + self.before[axis] + self.behind[axis] - self.kernel[axis] + (stride - 1 if self.ceil else 0)
        # no window begins behind the volume
        last = (length + self.before[axis] - 1) // stride if self.ceil else steps // stride
        return min(steps // stride, last) + 1

    def reached(self, axis, first, stop, cells):
        """Of ``cells`` outputs those that inputs ``first`` to ``stop``, arrays, reach."""
        begin = -((self.kernel[axis] - 1 - self.before[axis] - first) // self.stride[axis])
        return begin.clip(0), ((stop - 1 + self.before[axis]) // self.stride[axis] + 1).clip(max=cells)

    def seen(self, axis, first, count):
        """First input and number of inputs that ``count`` outputs from ``first`` on see; below 0 is padding."""
        return first * self.stride[axis] - self.before[axis], (count - 1) * self.stride[axis] + self.kernel[axis]


@dataclass(frozen=True)
class Operation:
    """One operation: ``run`` on the values that ``inputs`` name; spatial axes are the last ones.

    ``kind`` is "cells": works cell by cell, on one or several values of the same place; "slides": by ``moves``, ``run``
    on values padded already; "mean": over all cells; "shape": asks for sizes alone; "whole": anything else. ``work`` is
    multiplications for one cell of the output. ``monotone`` operations never turn a larger number into a smaller one;
    ``scaled``, of a batch norm, are the factor and the summand of each channel, (channels,), and ``after``, of a
    convolution, makes of them one that has them in its weights.
    """

    inputs: tuple
    run: object
    kind: str = "whole"
    moves: Moves | None = None
    work: int = 0
    monotone: bool = False
    scaled: tuple | None = None
    after: object = None


def convolution(inputs, weight, bias, stride=1, padding=0, dilation=1, groups=1):
    """A convolution over zeros; ``padding`` one number per axis, "same" or "valid"."""
    axes = weight.dim() - 2
    stride, dilation = per_axis(stride, axes), per_axis(dilation, axes)
    kernel = tuple(d * (k - 1) + 1 for d, k in zip(dilation, weight.shape[2:], strict=True))
    if padding == "same":
        before = tuple((k - 1) // 2 for k in kernel)
        behind = tuple(k - 1 - b for k, b in zip(kernel, before, strict=True))
    else:
        before = behind = per_axis(0 if padding == "valid" else padding, axes)
    function = {2: F.conv2d, 3: F.conv3d}[axes]

    def scaled(factor, summand):
        wide = weight.double() * factor.view(-1, *(1 for _ in weight.shape[1:]))
        shift = summand if bias is None else bias.double() * factor + summand
        return convolution(inputs, wide.to(weight), shift.to(weight), stride, padding, dilation, groups)

    weight = weight.contiguous(memory_format=layout(weight))
    quick = not weight.is_cuda and weight.dtype == torch.float32 and torch.backends.mkldnn.is_available()

    def run(values):
        # of a single volume torch would choose a convolution that is ten times slower
        if quick and len(values) == 1:
            return torch.mkldnn_convolution(values, weight, bias, (0,) * axes, stride, dilation, groups)
        return function(values, weight, bias, stride, 0, dilation, groups)

    return Operation(
        inputs,
        run,
        "slides",
        Moves(kernel, stride, before, behind),
        weight.numel(),
        after=scaled,
    )


def max_pool(inputs, axes, kernel, stride=None, padding=0, dilation=1, ceil=False):
    """The maximum over windows; what lies outside is less than anything."""
    kernel, dilation = per_axis(kernel, axes), per_axis(dilation, axes)
    stride = per_axis(stride, axes) if stride else kernel
    function = {2: F.max_pool2d, 3: F.max_pool3d}[axes]
    reach = tuple(d * (k - 1) + 1 for d, k in zip(dilation, kernel, strict=True))
    around = per_axis(padding, axes)

    def run(values):
        # torch also finds where the largest are, which takes a CPU four times as long
        if values.is_cuda or max(kernel) > 3:
            return function(values, kernel, stride, 0, dilation)
        for axis in range(axes):
            values = _largest(values, 2 + axis, kernel[axis], stride[axis], dilation[axis])
        return values

    return Operation(
        inputs,
        run,
        "slides",
        Moves(reach, stride, around, around, float("-inf"), ceil),
        prod(kernel),
    )


def _largest(values, dim, kernel, stride, dilation):
    """The maximum over windows of one dimension."""
    last = (values.shape[dim] - dilation * (kernel - 1) - 1) // stride * stride
    parts = [values.narrow(dim, dilation * at, last + 1) for at in range(kernel)]
    place = (*(slice(None) for _ in range(dim)), slice(None, None, stride))
    return reduce(torch.maximum, [part[place] for part in parts])


def average_pool(inputs, axes, kernel, stride=None, padding=0, ceil=False, counts=True, divisor=None):
    """The mean over windows, zeros of the padding counted; None where a window's share depends on its place."""
    around = per_axis(padding, axes)
    if ceil or any(around) and not counts:
        return None
    kernel = per_axis(kernel, axes)
    stride = per_axis(stride, axes) if stride else kernel
    function = {2: F.avg_pool2d, 3: F.avg_pool3d}[axes]
    return Operation(
        inputs,
        lambda values: function(values, kernel, stride, divisor_override=divisor),
        "slides",
        Moves(kernel, stride, around, around),
        prod(kernel),
    )


def padding(inputs, axes, pads, value=None):
    """A constant around; ``pads`` as of `F.pad`; None where they add a channel or cut an axis."""
    pads = (*pads, *(0,) * (2 * axes - len(pads)))
    if len(pads) > 2 * axes or min(pads) < 0:
        return None
    one = (1,) * axes
    moves = Moves(one, one, pads[::2][::-1], pads[1::2][::-1], float(value or 0))
    return Operation(inputs, lambda values: values, "slides", moves)


def batch_norm(inputs, axes, mean, variance, weight, bias, eps):
    """Batch norm by its running statistics."""
    factor = (variance.double() + eps).rsqrt() * (1 if weight is None else weight.double())
    summand = (0 if bias is None else bias.double()) - mean.double() * factor
    shape = (1, -1, *(1,) * axes)
    one, other = factor.to(mean).view(shape), summand.to(mean).view(shape)
    return Operation(inputs, lambda values: torch.addcmul(other, values, one), "cells", scaled=(factor, summand))


def layout(tensor):
    """The memory format of weights and windows: on a CPU pooling is ten times slower in any other."""
    if tensor.is_cuda:
        return torch.contiguous_format
    return torch.channels_last_3d if tensor.dim() == 5 else torch.channels_last


def per_axis(value, axes):
    """An option of a layer as one number per axis; torch writes 2, (2,) or (2, 2, 2)."""
    value = tuple(value) if isinstance(value, tuple | list) else (value,)
    return value * axes if len(value) == 1 else value
