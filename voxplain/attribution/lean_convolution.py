"""A convolution with fixed weights: what comes out of it, and what comes back through it, and nothing else."""

from dataclasses import dataclass
from functools import cached_property

import torch
import torch.nn.functional as F
from torch import nn

_FUNCTIONS = {2: F.conv2d, 3: F.conv3d}
_LAST = {2: torch.channels_last, 3: torch.channels_last_3d}
KINDS = (nn.Conv2d, nn.Conv3d)


@dataclass(frozen=True)
class Convolution:
    """``weight`` (out, in, *kernel) and ``bias`` (out,) with one stride, padding and dilation per axis."""

    weight: torch.Tensor
    bias: torch.Tensor
    stride: tuple
    padding: tuple
    dilation: tuple
    groups: int

    @classmethod
    def of(cls, layer, norm=None):
        """That of a convolution ``layer``, and of the batch norm ``norm`` behind it; None when it pads other values."""
        if type(layer) not in KINDS or layer.padding_mode != "zeros" or isinstance(layer.padding, str):
            return None
        weight = layer.weight.detach()
        bias = weight.new_zeros(len(weight)) if layer.bias is None else layer.bias.detach()
        if norm is not None:
            scale, shift = (one.to(torch.float64) for one in scale_and_shift(norm))
            column = scale.view(-1, *(1 for _ in weight.shape[1:]))
            weight, bias = (weight * column).to(weight), (bias * scale + shift).to(bias)
        return cls(weight, bias, layer.stride, layer.padding, layer.dilation, layer.groups)

    @property
    def axes(self):
        """How many spatial axes there are."""
        return self.weight.dim() - 2

    @property
    def reach(self):
        """Voxels between the first and the last that a cell sees, both counted, per axis."""
        sizes = zip(self.weight.shape[2:], self.dilation, strict=True)
        return tuple(gap * (size - 1) + 1 for size, gap in sizes)

    def __call__(self, values):
        """The convolution, whose graph holds no more than the shape of ``values``."""
        return _Convolved.apply(values, self)

    def run(self, values, constant=True):
        """The same without a graph, and without the bias unless ``constant``."""
        bias = self.bias if constant else None
        return _convolved(values, self.weight, bias, self.stride, self.padding, self.dilation, self.groups)

    def back(self, gradient, shape):
        """``gradient`` of the output as a gradient of the input, which has ``shape``."""
        pads = [reach - 1 - padding for reach, padding in zip(self.reach, self.padding, strict=True)]
        ones = (1,) * self.axes
        if _onednn(gradient) and self.stride == ones and self.groups == 1 and min(pads) >= 0:
            return _convolved(gradient, self._turned, None, ones, pads, self.dilation, 1)
        like = gradient.new_empty(1).expand(shape)
        found = torch.ops.aten.convolution_backward(
            *(gradient, like, self.weight, None, self.stride, self.padding, self.dilation, False, (0,) * self.axes),
            *(self.groups, (True, False, False)),
        )
        return found[0]

    @cached_property
    def _turned(self):
        axes = tuple(range(2, self.weight.dim()))
        return self.weight.transpose(0, 1).flip(axes).contiguous()


class _Convolved(torch.autograd.Function):
    @staticmethod
    def forward(ctx, values, convolution):
        ctx.convolution, ctx.shape = convolution, values.shape
        return convolution.run(values)

    @staticmethod
    def backward(ctx, gradient):
        return ctx.convolution.back(gradient, ctx.shape), None


def _onednn(values):
    return values.device.type == "cpu" and values.dtype == torch.float32 and torch.backends.mkldnn.is_available()


def _convolved(values, weight, bias, stride, padding, dilation, groups):
    if not _onednn(values):
        return _FUNCTIONS[values.dim() - 2](values, weight, bias, stride, padding, dilation, groups)
    if not values.is_contiguous(memory_format=_LAST[values.dim() - 2]):
        values = values.contiguous()
    # called by name since torch, for a single volume on one thread, takes another way that is up to twenty times slower
    return torch.mkldnn_convolution(values, weight, bias, padding, stride, dilation, groups)


def scale_and_shift(norm):
    """Factor and constant of a batch norm in evaluation mode, (channels,) each."""
    scale = (norm.running_var.detach() + norm.eps).rsqrt()
    if norm.weight is not None:
        scale = scale * norm.weight.detach()
    shift = -norm.running_mean.detach() * scale
    return scale, shift if norm.bias is None else shift + norm.bias.detach()
