"""The leading part of a network that is a plain chain of local steps."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn

_CONVOLUTIONS = {nn.Conv2d: F.conv2d, nn.Conv3d: F.conv3d}
_POOLS = {
    **{nn.MaxPool2d: F.max_pool2d, nn.MaxPool3d: F.max_pool3d},
    **{nn.AvgPool2d: F.avg_pool2d, nn.AvgPool3d: F.avg_pool3d},
}
_PADS = (nn.ConstantPad2d, nn.ConstantPad3d, nn.ZeroPad2d, nn.ZeroPad3d)
_BY_CELL = (
    *(nn.ReLU, nn.LeakyReLU, nn.ELU, nn.GELU, nn.SiLU, nn.PReLU, nn.ReLU6, nn.Softplus, nn.Tanh, nn.Sigmoid),
    *(nn.BatchNorm2d, nn.BatchNorm3d, nn.Dropout, nn.Dropout2d, nn.Dropout3d, nn.Identity),
)
_BY_CELL_FUNCTIONS = {F.relu, torch.relu}


@dataclass(frozen=True)
class Moves:
    """How a window slides: one number per axis; ``kernel`` counts the gaps of dilation."""

    kernel: tuple
    stride: tuple
    padding: tuple


@dataclass(frozen=True)
class Crop:
    """One axis of the part of a step that a box reaches: (start, stop) in the step's input and output."""

    input: tuple
    output: tuple
    pads: tuple  # zeros before and after the crop
    taken: tuple  # which of the box's cells are laid ...
    onto: tuple  # ... where on the crop

    @property
    def shape(self):
        return self.input[1] - self.input[0], self.pads, self.taken, self.onto


@dataclass(frozen=True)
class Step:
    """One operation of a chain: ``run`` on values padded already; ``moves`` is None when it works cell by cell.

    ``behind`` is what a layer adds behind each axis, as `F.pad` takes it.
    """

    run: object
    moves: Moves | None = None
    behind: tuple = ()

    def padded(self, values):
        if self.behind:
            return F.pad(values, self.behind)
        pads = [pad for length in reversed(self.moves.padding) for pad in (length, length)]
        return F.pad(values, pads) if any(pads) else values

    def crop(self, axis, box, length, cells):
        """What the cells ``box`` of an input of ``length`` reach among ``cells`` outputs; None when nothing."""
        kernel, stride, padding = self.moves.kernel[axis], self.moves.stride[axis], self.moves.padding[axis]
        first = max(-((kernel - 1 - padding - box[0]) // stride), 0)
        stop = min((box[1] - 1 + padding) // stride + 1, cells)
        if first >= stop:
            return None
        start, end = first * stride - padding, (stop - 1) * stride - padding + kernel
        pads = (max(-start, 0), max(end - length, 0))
        start, end = start + pads[0], end - pads[1]
        taken = (max(box[0], start), min(box[1], end))
        if taken[0] >= taken[1]:
            return None
        return Crop(
            (start, end),
            (first, stop),
            pads,
            tuple(at - box[0] for at in taken),
            tuple(at - start for at in taken),
        )


def leading_chain(graph, axes):
    """Steps that follow one another from the input of a traced network on, and the node that the last one is."""
    inputs = [node for node in graph.graph.nodes if node.op == "placeholder"]
    node, chain = inputs[0], []
    while len(inputs) == 1 and len(node.users) == 1:
        following = next(iter(node.users))
        step = _step_of(graph, following, axes)
        if step is None or following.args[:1] != (node,) or following.all_input_nodes != [node]:
            break
        node = following
        chain.append(step)
    return chain, node


def _step_of(graph, node, axes):
    if node.op == "call_module":
        layer = graph.get_submodule(node.target)
        if type(layer) in _BY_CELL:
            return Step(layer)
        if type(layer) in _CONVOLUTIONS:
            return _convolution(layer, axes)
        if type(layer) in _PADS and layer.value == 0 and not any(layer.padding[::2]):
            return Step(nn.Identity(), Moves((1,) * axes, (1,) * axes, (0,) * axes), tuple(layer.padding))
        if type(layer) in _POOLS:
            return _pooling(_POOLS[type(layer)], axes, **{key: getattr(layer, key, None) for key in _OPTIONS})
    if node.op == "call_function":
        if node.target in _BY_CELL_FUNCTIONS:
            return Step(node.target)
        if node.target in (F.max_pool2d, F.max_pool3d):
            return _pooling(node.target, axes, **dict(zip(_OPTIONS, node.args[1:], strict=False)), **node.kwargs)
    return None


# in the order of the arguments of F.max_pool3d
_OPTIONS = ("kernel_size", "stride", "padding", "dilation", "ceil_mode", "return_indices")


def _convolution(layer, axes):
    if layer.padding_mode != "zeros" or isinstance(layer.padding, str):
        return None
    function, stride, dilation, groups = _CONVOLUTIONS[type(layer)], layer.stride, layer.dilation, layer.groups
    kernel = tuple(d * (k - 1) + 1 for d, k in zip(dilation, layer.kernel_size, strict=True))
    return Step(
        lambda values: function(values, layer.weight, layer.bias, stride, 0, dilation, groups),
        Moves(kernel, stride, layer.padding),
    )


def _pooling(function, axes, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False):
    kernel = _each(kernel_size, axes)
    stride = _each(stride or kernel, axes)
    plain = _each(padding, axes) == (0,) * axes and _each(dilation or 1, axes) == (1,) * axes
    if not plain or ceil_mode or return_indices:
        return None
    return Step(lambda values: function(values, kernel, stride), Moves(kernel, stride, (0,) * axes))


def _each(value, axes):
    return tuple(value) if isinstance(value, tuple | list) else (value,) * axes
