"""Which voxels a network can see at all.

Pooling that rounds down drops the last planes of an axis, so that a network is blind at one side: maps are zero there
whatever the disease does, and scores have to leave those voxels out.
"""

from copy import deepcopy

import torch
import torch.nn.functional as F
from torch.overrides import TorchFunctionMode

from voxplain.errors import UnsupportedModel
from voxplain.networks.options import whole_number

_POOLS = {F.max_pool2d: F.avg_pool2d, F.max_pool3d: F.avg_pool3d}
_ADAPTIVE_POOLS = {F.adaptive_max_pool2d: F.adaptive_avg_pool2d, F.adaptive_max_pool3d: F.adaptive_avg_pool3d}
# what reaches these leaves them at the same place; softmax is here because the sum of its outputs has no gradient
PASSING = {
    *(F.relu, torch.relu, torch.Tensor.relu, torch.relu_, torch.Tensor.relu_, F.leaky_relu, F.elu, F.gelu, F.silu),
    *(F.selu, F.celu, F.prelu, F.rrelu, F.relu6, F.hardtanh, F.softplus, F.mish, F.hardswish, F.batch_norm),
    *(torch.sigmoid, torch.Tensor.sigmoid, F.sigmoid, torch.tanh, torch.Tensor.tanh, F.tanh),
    *(F.softmax, torch.softmax, torch.Tensor.softmax, F.log_softmax, torch.log_softmax, torch.Tensor.log_softmax),
}
GLOBAL = {F.instance_norm, F.group_norm, F.layer_norm, F.scaled_dot_product_attention}


class _Permeable(TorchFunctionMode):
    """Every layer lets its whole field through: a maximum becomes a mean, an activation the identity."""

    def __torch_function__(self, function, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        if function in GLOBAL:
            raise UnsupportedModel(f"seen_field does not follow {function.__name__}; take every voxel as seen instead")
        if function in PASSING:
            return args[0] if args else kwargs["input"]
        if function in _ADAPTIVE_POOLS:
            return _ADAPTIVE_POOLS[function](*args[:2])
        if function in _POOLS:
            return _mean_pool(_POOLS[function], *args, **kwargs)
        return function(*args, **kwargs)


def _mean_pool(mean, input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False):
    if dilation not in (1, (1, 1), (1, 1, 1)):
        raise UnsupportedModel(f"seen_field does not follow max-pooling with dilation {dilation}")
    return mean(input, kernel_size, stride, padding, ceil_mode)


def seen_field(model, input_shape, channels=1):
    """Voxels of ``input_shape`` that can change an output of ``model``: a bool array of that shape.

    Every weight of a copy is made positive and every layer permeable, so that a voxel's gradient is above zero exactly
    when some path leads from it to an output. ``model`` itself is not touched. Raises UnsupportedModel for layers that
    mix all voxels (instance norm, attention) and for dilated max-pooling.
    """
    shape = tuple(whole_number("input_shape", length) for length in input_shape)
    copy = deepcopy(model).eval().double().requires_grad_(False)
    for weights in copy.parameters():
        # one over the fan-in keeps values near one at any depth
        weights.fill_(1 / max(weights[0].numel(), 1) if weights.dim() > 1 else 0)
    device = next((weights.device for weights in copy.parameters()), None)
    volume = torch.ones(1, channels, *shape, dtype=torch.float64, device=device, requires_grad=True)
    with torch.enable_grad(), _Permeable():
        # two outputs may be one value and its negative
        (gradient,) = torch.autograd.grad(copy(volume.clone()).abs().sum(), volume)
    return (gradient[0] > 0).any(0).cpu().numpy()
