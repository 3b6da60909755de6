"""How a network's answer follows what a layer says: its gradient with respect to the layer, scan by scan."""

import numpy as np
import torch

from voxplain.attribution.layers import last_spatial_layer, tapped
from voxplain.attribution.scoring import asked
from voxplain.attribution.untouched import exact_arithmetic, untouched
from voxplain.errors import SettingsError, UnsupportedModel
from voxplain.training.covariates import conditioned


def concept_layer(network, volumes, covariates=None, device="cpu"):
    """Name of the layer that concepts are looked for in by default: the ``cam_layer`` of ``network``, or its last
    layer with spatial axes, found by showing it the first of ``volumes``."""
    if name := getattr(network, "cam_layer", None):
        return name
    with untouched(network):
        model = conditioned(network.to(device), covariates, 0)
        found = last_spatial_layer(model, volumes[0][None].to(device))
    return found if covariates is None else found.removeprefix("network.")


def answered(outputs, target=None):
    """The class whose score concepts move: ``target``, or class 1 of two, or the amount.

    outputs: (n, classes). Raises SettingsError where there are more classes and ``target`` names none of them.
    """
    count = np.shape(outputs)[1]
    if target is None and count > 2:
        raise SettingsError(f"target: the network tells {count} classes apart; say which, 0 to {count - 1}")
    target = min(count - 1, 1) if target is None else target
    if target not in range(count):
        raise SettingsError(f"target is {target}, but the network has {count} outputs; use 0 to {count - 1}")
    return target


def layer_gradients(network, volumes, layer, target, basis, *, covariates=None, batch=8, device="cpu", pooled=False):
    """Slopes (n, m) along the directions ``basis`` (d, m) of what a layer says, and lengths (n,) of whole gradients.

    The score is the log-odds of class ``target`` of two, the logit of more, the amount. With ``pooled`` the layer says
    the mean over its cells of each channel, and a slope is that of moving all its cells alike; else every cell counts.
    The network is run in evaluation mode and comes back as it was. Raises UnsupportedModel where the layer does not run
    once in a pass with a row for each scan, or where the answer does not depend on it.
    """
    network.to(device)
    size = 1 if covariates is not None else batch
    slopes, lengths = [], []
    with untouched(network), exact_arithmetic():
        for start in range(0, len(volumes), size):
            shown = torch.stack([volumes[place] for place in range(start, min(start + size, len(volumes)))]).to(device)
            model = conditioned(network, covariates, start)
            name = layer if model is network else f"network.{layer}"
            with tapped(model, name, leaf=True) as tap:
                score = asked(model, int(target), None, shown).scores(shown)
            found = _gradient(score.sum(), tap.activation(), len(shown), layer)
            rows = (found.flatten(2).sum(2) if pooled and found.dim() > 2 else found.flatten(1)).cpu().double().numpy()
            slopes.append(rows @ basis)
            lengths.append(np.linalg.norm(rows, axis=1))
    return np.concatenate(slopes), np.concatenate(lengths)


def _gradient(score, activation, count, layer):
    if activation.dim() < 2 or len(activation) != count:
        raise UnsupportedModel(f'layer "{layer}" gives {tuple(activation.shape)} for {count} scans, not a row for each')
    found = torch.autograd.grad(score, activation, allow_unused=True)[0] if score.requires_grad else None
    if found is None:
        raise UnsupportedModel(f'layer "{layer}" has no way to the answer; name another')
    return found
