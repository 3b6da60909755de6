"""Networks by name."""

import logging
from functools import partial
from importlib import import_module
from inspect import signature

from voxplain.errors import SettingsError
from voxplain.networks.boxes import unseen_share
from voxplain.networks.options import check_choice, check_options, whole_number
from voxplain.networks.seen_box import seen_box
from voxplain.networks.seen_padding import pads_to_see_all, with_padding
from voxplain.networks.table import network_function, network_module

UNSEEN_BRAIN = 0.02

log = logging.getLogger(__name__)


def build(name, input_shape, classes=2, *, brain=None, padding="none", **options):
    """A new network for volumes of ``input_shape`` (x, y, z), giving one logit per class.

    ``classes`` None is a regression: one output. The weights come from torch's default generator: seed it before.
    ``cam_layer`` of the network names the layer that Grad-CAM explains when it is not told another. Its ``seen``,
    [[start, stop], ...] for each axis, is the box outside of which no voxel can change an output; ``unseen_brain`` is
    the share of ``brain``, a mask or weights (x, y, z), outside of it, and above 2 % the log warns. ``padding`` "seen"
    adds zeros behind each axis until all voxels are seen; ``rounding`` "ceil", an option of most networks, makes a
    pooling window of what is left over.
    Raises SettingsError for an unknown network or option and for a shape that is too small.
    """
    function = getattr(import_module(network_module(name)), network_function(name))
    takes_covariates = "covariates" in signature(function).parameters
    if not takes_covariates and options.pop("covariates", 0):
        raise SettingsError(f"{name} takes no covariates; leave them out, or use s500_cnn or vae_age")
    check_options(name, function, options)
    check_choice("padding", padding, ("none", "seen"))
    shape = tuple(input_shape)
    if len(shape) != 3:
        raise SettingsError(f"input_shape is {shape}; {name} takes three axes (x, y, z)")
    shape = tuple(whole_number("input_shape", length) for length in shape)
    make = partial(function, classes=1 if classes is None else whole_number("classes", classes), **options)
    pads = pads_to_see_all(name, make, shape) if padding == "seen" else (0, 0, 0)
    network = make(tuple(length + pad for length, pad in zip(shape, pads, strict=True)))
    if any(pads):
        network = with_padding(network, pads)
        log.info("%s: %s voxels of zeros are added behind the axes of %s", name, pads, shape)
    network.seen = seen_box(network, shape)
    if brain is not None:
        network.unseen_brain = unseen_share(network.seen, brain)
        _warn(name, network, shape)
    return network


def _warn(name, network, shape):
    if network.unseen_brain > UNSEEN_BRAIN:
        ends = zip("xyz", network.seen, strict=True)
        log.warning(
            "%s does not see %.1f %% of the brain: of %s voxels it sees %s; %s",
            name,
            100 * network.unseen_brain,
            shape,
            ", ".join(f"{start} to {stop - 1} of {axis}" for axis, (start, stop) in ends),
            # what these rebuild or cut into slabs is as large as the volume
            "set another template.margin"
            if hasattr(network, "training_loss")
            else "set network.rounding: ceil or network.padding: seen",
        )
