"""A relevance map of any PyTorch network, by the name of the method."""

from importlib import import_module

import torch
from torch import nn

from voxplain.attribution.scoring import asked
from voxplain.attribution.table import method_function, method_module
from voxplain.attribution.untouched import exact_arithmetic, untouched
from voxplain.errors import InputError, UnsupportedModel
from voxplain.networks.options import check_options


def attribute(model, volumes, method, *, target="predicted", score=None, **options):
    """Maps shaped and typed like ``volumes``, (batch, channels, two or three spatial axes): signed and not normalised.

    ``target`` is ``"predicted"``, a class, one class per volume, or a unit ``(layer, channel, position)`` whose value
    is explained. ``score`` is what of the class is explained: ``"log_odds"`` (default for two classes), ``"logit"``
    (default otherwise) or ``"probability"``. ``options`` are those of the method.

    The network runs in evaluation mode and comes back as it was. Raises InputError for volumes that no map can be made
    of, SettingsError for an unknown method, option, target or layer, UnsupportedModel where the method does not hold.
    """
    explain = getattr(import_module(method_module(method)), method_function(method))
    check_options(method, explain, options)
    _check_volumes(model, volumes)
    # an ordinary copy, also of a tensor made in inference mode, so that a layer working in place changes nobody's data
    with torch.inference_mode(False), torch.enable_grad(), untouched(model), exact_arithmetic():
        _check_model(model)
        own = volumes.detach().clone(memory_format=torch.contiguous_format)
        if not len(own):
            return own
        maps = explain(asked(model, target, score, own), own, **options)
    return maps.detach().to(volumes.dtype)


def _check_volumes(model, volumes):
    if not isinstance(model, nn.Module):
        raise UnsupportedModel(f"the network is a {type(model).__name__}; give a torch.nn.Module")
    if not isinstance(volumes, torch.Tensor):
        raise InputError(f"volumes are a {type(volumes).__name__}; give a torch tensor (batch, channels, x, y, z)")
    if volumes.dim() not in (4, 5):
        raise InputError(
            f"volumes have shape {tuple(volumes.shape)}; give (batch, channels, then two or three spatial axes)"
        )
    if not volumes.is_floating_point():
        raise InputError(f"volumes are {volumes.dtype}; convert them to the network's floating-point type")
    weights = [one for one in model.parameters() if one.is_floating_point()]
    devices = {one.device for one in weights}
    if devices and volumes.device not in devices:
        raise InputError(f"volumes are on {volumes.device}, the network on {devices.pop()}; move one of them")
    types = {one.dtype for one in weights}
    if types and volumes.dtype not in types:
        raise InputError(f"volumes are {volumes.dtype}, the network is {types.pop()}; convert one of them")
    finite = torch.isfinite(volumes).flatten(1).all(1)
    if not finite.all():
        raise InputError(f"volume {int((~finite).nonzero()[0, 0])} of the batch holds NaN or infinity; leave it out")


def _check_model(model):
    for name, layer in model.named_modules():
        batch_norm = isinstance(layer, nn.modules.batchnorm._BatchNorm)
        if batch_norm and layer.running_mean is None:
            raise UnsupportedModel(
                f'layer "{name}" normalises by the batch it runs in (track_running_stats=False), '
                "so a map would depend on its batch mates; give it running statistics"
            )
