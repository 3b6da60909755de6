"""Networks by name."""

from importlib import import_module

from voxplain.errors import SettingsError
from voxplain.networks.options import check_options, whole_number
from voxplain.networks.table import network_function, network_module


def build(name, input_shape, classes=2, **options):
    """A new network for volumes of ``input_shape`` (x, y, z), giving one logit per class.

    The weights come from torch's default generator: seed it before. ``cam_layer`` of the network names the layer that
    Grad-CAM explains when it is not told another. Raises SettingsError for an unknown network or option and for a
    shape that is too small.
    """
    module = import_module(network_module(name))
    function = getattr(module, network_function(name))
    check_options(name, function, options)
    shape = tuple(input_shape)
    if len(shape) != 3:
        raise SettingsError(f"input_shape is {shape}; {name} takes three axes (x, y, z)")
    shape = tuple(whole_number("input_shape", length) for length in shape)
    return function(shape, whole_number("classes", classes), **options)
