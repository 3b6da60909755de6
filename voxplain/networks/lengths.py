"""What convolutions and pooling leave of each axis."""

from torch import nn

from voxplain.errors import SettingsError

_SLIDING = nn.Conv3d | nn.MaxPool3d | nn.AvgPool3d
_LONGEST = 4096


def cells_left(name, shape, *layers):
    """Cells of each axis of ``shape`` behind ``layers``, one after the other; SettingsError when none are left.

    Layers inside a layer count in the order in which they were put there; kernels are cubes. ``name`` is the network's.
    """
    steps = [_step(one) for layer in layers for one in layer.modules() if isinstance(one, _SLIDING)]
    cells = tuple(_length(length, steps) for length in shape)
    if min(cells) < 1:
        least = next(length for length in range(1, _LONGEST) if _length(length, steps) > 0)
        raise SettingsError(
            f"{name}: input_shape {tuple(shape)} is too small; it needs at least {least} voxels an axis"
        )
    return cells


def _step(layer):
    numbers = (layer.kernel_size, layer.stride, layer.padding)
    kernel, stride, padding = (one[0] if isinstance(one, tuple) else one for one in numbers)
    return kernel, stride, padding, getattr(layer, "ceil_mode", False)


def _length(length, steps):
    for kernel, stride, padding, ceil in steps:
        free = length + 2 * padding - kernel
        if length < 1 or (free < 0 and not ceil):
            return 0
        cells = (-(-free // stride) if ceil else free // stride) + 1
        # a window that rounding up adds must still begin inside
        length = cells - 1 if ceil and (cells - 1) * stride >= length + padding else cells
    return length
