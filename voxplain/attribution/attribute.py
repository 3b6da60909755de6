"""Relevance maps of any PyTorch network, by the names of their methods."""

from contextlib import contextmanager
from dataclasses import replace
from importlib import import_module

import torch
from torch import nn

from voxplain.attribution.notes import note, notes
from voxplain.attribution.scoring import asked
from voxplain.attribution.shared_passes import Shared
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
    explain = _function(method, options)
    with _request(model, volumes, target, score) as (question, own):
        return _maps(explain, question, own, options)


def attribute_all(model, volumes, methods, *, target="predicted", score=None):
    """The maps of several ``methods``, by name, each as ``attribute`` gives it: ``{"gradient": maps, ...}``.

    Methods that look at gradients share one pass of the volumes through the network, and each way back that several
    need, so that they take less time together. ``methods`` is a list of names, or a dictionary of their options; where
    a name is not that of a method, ``"method"`` among the options says which it is:

    >>> attribute_all(network, volumes, ["gradient", "guided_backprop", "grad_cam"])
    >>> attribute_all(network, volumes, {"grad_cam": {}, "early": {"method": "grad_cam", "layer": "features.relu2"}})

    What a method says beside its maps is noted under its name, see voxplain.attribution.notes. Raises as `attribute`.
    """
    named = {name: dict(methods[name]) if isinstance(methods, dict) else {} for name in methods}
    kinds = {name: options.pop("method", name) for name, options in named.items()}
    explains = {name: _function(kinds[name], options) for name, options in named.items()}
    found = {}
    with _request(model, volumes, target, score) as (question, own):
        for name, options in named.items():
            with notes() as said:
                found[name] = _maps(explains[name], question, own, options)
            note(name, said)
    return found


def _function(method, options):
    explain = getattr(import_module(method_module(method)), method_function(method))
    check_options(method, explain, options)
    return explain


@contextmanager
def _request(model, volumes, target, score):
    """The question about ``volumes`` and a copy of them, while the model is looked at and left as it was."""
    _check_volumes(model, volumes)
    # an ordinary copy, also of a tensor made in inference mode, so that a layer working in place changes nobody's data
    with torch.inference_mode(False), torch.enable_grad(), untouched(model), exact_arithmetic():
        _check_model(model)
        own = volumes.detach().clone(memory_format=torch.contiguous_format)
        question = asked(model, target, score, own) if len(own) else None
        yield question and replace(question, shared=Shared(model, own)), own


def _maps(explain, question, own, options):
    maps = explain(question, own, **options) if len(own) else own.clone()
    return maps.detach().to(own.dtype)


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
