"""Zeros at the far end of each axis, so that the rounding of a network's pooling drops them and no brain."""

from collections import OrderedDict

import torch
from torch import nn

from voxplain.errors import SettingsError
from voxplain.networks.seen_box import seen_box

_MOST = 128


def pads_to_see_all(name, make, shape):
    """Fewest voxels to add behind each axis of ``shape`` so that the network ``make(padded shape)`` sees all of it.

    Raises SettingsError for a network whose first layers are not one chain called ``features``, and when 128 voxels do
    not help.
    """
    pads = []
    # on the meta device layers have shapes and no weights
    with torch.random.fork_rng(devices=[]), torch.device("meta"):
        network = make(shape)
        if not isinstance(getattr(network, "features", None), nn.Sequential) or hasattr(network, "training_loss"):
            raise SettingsError(f"{name}: padding is seen, which this network does not offer; use padding: none")
        for axis, length in enumerate(shape):
            for pad in range(_MOST + 1):
                padded = tuple(n + pad if number == axis else n for number, n in enumerate(shape))
                trial = make(padded) if pad else network
                start, stop = seen_box(trial, padded)[axis]
                if start == 0 and stop >= length:
                    break
            else:
                raise SettingsError(f"{name}: padding cannot make axis {axis} of {shape} seen; use padding: none")
            pads.append(pad)
    return tuple(pads)


def with_padding(network, pads):
    """``network`` with a first layer that adds ``pads`` zeros behind each axis; names of weights stay as they are."""
    ends = [end for pad in reversed(pads) for end in (0, pad)]
    chain = OrderedDict(pad=nn.ConstantPad3d(ends, 0.0), **dict(network.features.named_children()))
    network.features = nn.Sequential(chain)
    return network
