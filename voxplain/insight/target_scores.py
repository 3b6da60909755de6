"""The score of one class or unit for many volumes, by the words in which methods of attribution are asked."""

import numpy as np
import torch

from voxplain.attribution.scoring import asked
from voxplain.attribution.untouched import exact_arithmetic, untouched
from voxplain.errors import SettingsError, UnsupportedModel
from voxplain.training.covariates import conditioned


def target_scores(model, volumes, target, score=None, covariates=None):
    """The score (n,) float64 of each of ``volumes``, whose items are (channels, *spatial); each passes alone.

    ``target`` is a class or a unit ``(layer, channel, position)``, and ``score`` is what of the class, as in
    `voxplain.attribute`. ``covariates`` (n, values) are those of the volumes, for a network that is told some. The
    network runs in evaluation mode and comes back as it was. Raises SettingsError for a target that the network lacks.
    """
    like = weights_like(model, volumes)
    with untouched(model), exact_arithmetic():
        found = []
        for place in range(len(volumes)):
            shown = volumes[place][None].to(like)
            one, wanted = conditioned(model, covariates, place), named_inside(target, covariates)
            found.append(float(asked(one, checked_target(wanted), score, shown).plain_scores(shown)[0]))
    return np.array(found)


def checked_target(target):
    """``target``, one class or a unit; SettingsError where it depends on the volume."""
    if isinstance(target, bool | str | torch.Tensor) or isinstance(target, list | tuple) and not _is_unit(target):
        raise SettingsError(f"target is {target!r}; use one class, or a unit (layer, channel, position)")
    return target


def named_inside(target, covariates):
    """``target`` as a network that holds covariates fast knows it: its layers are one floor further in."""
    if covariates is None or not _is_unit(target):
        return target
    return f"network.{target[0]}", *target[1:]


def weights_like(model, volumes):
    """An empty tensor on the device and in the floating-point type of ``model``'s weights, else of ``volumes``.

    Raises UnsupportedModel where ``model`` is no network.
    """
    if not isinstance(model, torch.nn.Module):
        raise UnsupportedModel(f"the network is a {type(model).__name__}; give a torch.nn.Module")
    weights = (one for one in model.parameters() if one.is_floating_point())
    found = next(weights, None)
    return (volumes[0] if found is None else found.detach()).new_empty(0)


def _is_unit(target):
    return isinstance(target, list | tuple) and len(target) > 0 and isinstance(target[0], str)
