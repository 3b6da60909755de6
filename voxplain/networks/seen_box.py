"""The box of voxels that a network can see, found one axis after the other at any resolution.

Convolutions and pooling with cubes treat each axis by itself, so one line of voxels along an axis, with every layer's
window cut down to that axis, shows which planes reach the output.
"""

import numpy as np
import torch
import torch.nn.functional as F
from torch.overrides import TorchFunctionMode

from voxplain.errors import UnsupportedModel
from voxplain.networks.seen_field import GLOBAL, PASSING, seen_field


class _AlongAxis(TorchFunctionMode):
    """Every layer lets its whole window through, on tensors (1, channels, ...) of length 1 but on ``axis``."""

    def __init__(self, axis):
        super().__init__()
        self.axis = axis
        self.ours = {
            F.conv3d: self._convolution,
            F.max_pool3d: self._max_pool,
            F.avg_pool3d: self._pool,
            F.adaptive_max_pool3d: self._adaptive,
            F.adaptive_avg_pool3d: self._adaptive,
            F.linear: lambda values, *_: values.mean(-1, keepdim=True),
            F.pad: self._pad,
        }

    def __torch_function__(self, function, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        if function in GLOBAL:
            raise UnsupportedModel(f"{function.__name__} mixes all voxels")
        if function in PASSING:
            return args[0] if args else kwargs["input"]
        return self.ours.get(function, function)(*args, **kwargs)

    def _convolution(self, input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
        kernel, dilation = weight.shape[2 + self.axis], self._own(dilation)
        if isinstance(padding, str):
            around = dilation * (kernel - 1) if padding == "same" else 0
            input, padding = self._pad(input, self._ends(around // 2, around - around // 2)), 0
        window = torch.full(self._line(kernel), 1 / kernel, dtype=input.dtype)[None, None]
        numbers = (self._line(self._own(stride)), self._line(self._own(padding), 0), self._line(dilation))
        return F.conv3d(input.mean(1, keepdim=True), window, None, *numbers)

    def _max_pool(self, input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False):
        if self._own(dilation) != 1:
            raise UnsupportedModel("max-pooling with dilation is not followed")
        return self._pool(input, kernel_size, stride, padding, ceil_mode)

    def _pool(self, input, kernel_size, stride=None, padding=0, ceil_mode=False, *rest, **others):
        kernel = self._own(kernel_size)
        stride = kernel if stride is None or stride == [] else self._own(stride)
        return F.avg_pool3d(input, self._line(kernel), self._line(stride), self._line(self._own(padding), 0), ceil_mode)

    def _adaptive(self, input, output_size, *rest):
        asked = self._own(output_size)
        return F.adaptive_avg_pool3d(input, self._line(input.shape[2 + self.axis] if asked is None else asked))

    def _pad(self, input, pad, mode="constant", value=None):
        # torch lists pads from the last axis on, two numbers for each
        first = 2 * (2 - self.axis)
        ends = (*pad, 0, 0, 0, 0, 0, 0)[first : first + 2]
        return F.pad(input, self._ends(*ends))

    def _ends(self, before, after):
        pads = [0] * 6
        pads[2 * (2 - self.axis) : 2 * (2 - self.axis) + 2] = before, after
        return pads

    def _own(self, value):
        return value[self.axis if len(value) == 3 else 0] if isinstance(value, tuple | list) else value

    def _line(self, value, others=1):
        return tuple(value if axis == self.axis else others for axis in range(3))


def seen_box(network, shape):
    """``[[start, stop], ...]`` of the voxels of ``shape`` (x, y, z) outside of which none can change an output.

    A network that cuts its input up in a way of its own says so itself, by the attribute ``seen``. One that mixes all
    voxels, as instance norm does, sees the whole of ``shape``. The network comes back as it was.
    """
    if getattr(network, "seen", None) is not None:
        return [[int(start), int(stop)] for start, stop in network.seen]
    training = {layer: layer.training for layer in network.modules()}
    network.eval()
    try:
        with torch.device("cpu"), torch.random.fork_rng(devices=[]), torch.enable_grad():
            return [_seen_of_axis(network, axis, length) for axis, length in enumerate(shape)]
    except UnsupportedModel:
        return [[0, length] for length in shape]
    # whatever else a network does with the shape of its input, a whole volume can still be passed through
    except (RuntimeError, ValueError, TypeError, IndexError, NotImplementedError):
        return _whole_volume(network, shape)
    finally:
        for layer, mode in training.items():
            layer.training = mode


def _seen_of_axis(network, axis, length):
    lengths = [length if number == axis else 1 for number in range(3)]
    line = torch.ones(1, 1, *lengths, dtype=torch.float64, requires_grad=True)
    covariates = [torch.zeros(1, network.covariates)] if getattr(network, "covariates", 0) else []
    with _AlongAxis(axis):
        outputs = network(line.clone(), *covariates)
    (gradient,) = torch.autograd.grad(outputs.abs().sum(), line)
    planes = np.flatnonzero(gradient.numpy().ravel() > 0)
    if not len(planes):
        raise RuntimeError("nothing reaches the output")
    return [int(planes[0]), int(planes[-1]) + 1]


def _whole_volume(network, shape):
    first = next((weights for weights in network.parameters() if weights.dim() > 2), None)
    try:
        field = seen_field(network, shape, 1 if first is None else first.shape[1])
    except UnsupportedModel:
        return [[0, length] for length in shape]
    along = [field.any(tuple(other for other in range(3) if other != axis)) for axis in range(3)]
    return [[int(np.argmax(one)), len(one) - int(np.argmax(one[::-1]))] for one in along]
