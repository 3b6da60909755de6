"""Gradients of the loss of single scans, by the weights of the last linear layer or of any layers."""

from copy import deepcopy
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn.functional import cross_entropy

from voxplain.attribution.layers import layer_named
from voxplain.attribution.untouched import exact_arithmetic, untouched
from voxplain.errors import InputError, UnsupportedModel
from voxplain.insight.features import last_linear_layer, look

# a network's own outputs beside those made again of its features, float32 of sums in another order
CLOSE = 1e-3
HALVES = np.array([[-0.5], [0.5]])


@dataclass(frozen=True)
class LastLayerGradients:
    """Of n scans: the gradient of a loss by the last layer's weights is ``slopes`` (n, units) times ``inputs`` (n, d).

    ``inputs`` are features, with a last 1 where the layer has a bias; ``curvatures`` (n, units, units) are the second
    derivatives by the layer's outputs; ``weights`` (n,) what each scan counts, already in the other two. All float64.
    """

    inputs: np.ndarray
    slopes: np.ndarray
    curvatures: np.ndarray
    weights: np.ndarray

    def products(self, others):
        """Inner product of each of these gradients with each of ``others``, (n, m)."""
        return (self.slopes @ others.slopes.T) * (self.inputs @ others.inputs.T)

    def squares(self):
        """Squared length of each gradient, (n,)."""
        return (self.slopes**2).sum(1) * (self.inputs**2).sum(1)


def last_layer_gradients(network, scans, objective, *, weighted=False, batch=8, device="cpu"):
    """`LastLayerGradients` of ``scans``, a `Labelled`, exact: a product of what goes into the layer and what is behind.

    ``weighted``: by what the class of each counts in the training's loss. The network is run in evaluation mode. Of a
    network with a loss of its own, the part that tells the label counts. Raises UnsupportedModel, naming the layer,
    where outputs are not those of one linear layer, as they are or as the halves of one unit.
    """
    found = look(network, scans.volumes, covariates=scans.covariates, batch=batch, device=device)
    told = None if scans.covariates is None else scans.covariates[:1]
    name = last_linear_layer(network, scans.volumes[0][None], told)
    layer = network.get_submodule(name)
    values, bias = (None if one is None else one.detach().double().cpu().numpy() for one in (layer.weight, layer.bias))
    inputs, values = found.features.astype(float), values.reshape(len(values), -1)
    if inputs.shape[1] != values.shape[1]:
        raise UnsupportedModel(f'layer "{name}" works on its inputs in groups; use layers="all"')
    units = inputs @ values.T + (0 if bias is None else bias)
    behind = _behind(units, found.outputs, name)
    slopes, curvatures = _derivatives(found.outputs, scans.labels, objective)
    counts = _counts(scans.labels, objective) if weighted else np.ones(len(inputs))
    return LastLayerGradients(
        inputs if bias is None else np.column_stack([inputs, np.ones(len(inputs))]),
        counts[:, None] * (slopes @ behind),
        counts[:, None, None] * (behind.T @ curvatures @ behind),
        counts,
    )


class WholeGradients:
    """Gradients of the loss of one scan after another by the weights of some layers of a copy of ``network``.

    ``layers``: names as `named_modules` has them, each with all inside it, or ``"all"``. The network itself is left
    alone. Raises SettingsError for a name that is none, UnsupportedModel where these layers have no weights.
    """

    def __init__(self, network, layers, objective, device="cpu"):
        if layers != "all":
            layers = [layers] if isinstance(layers, str) else layers
            for name in layers:
                layer_named(network, name)
        self.network, self.objective, self.device = deepcopy(network).to(device), objective, device
        chosen = []
        for name, weights in self.network.named_parameters():
            wanted = layers == "all" or any(name.startswith(f"{one}.") for one in layers)
            weights.requires_grad_(wanted)
            chosen += [weights] if wanted else []
        if not chosen:
            raise UnsupportedModel(f"{type(network).__name__} has no weights in layers {layers}; name others")
        self.chosen, self.length = chosen, sum(one.numel() for one in chosen)

    def set_weights(self, weights):
        """Go on with the weights of another epoch."""
        set_weights(self.network, weights)

    def of(self, scans, place, weighted=False):
        """The gradient, (length,) float32, of the loss of the scan at ``place`` of ``scans``."""
        shown = scans.volumes[place][None].to(self.device)
        beside = () if scans.covariates is None else (scans.covariates[place : place + 1].to(self.device),)
        with untouched(self.network), exact_arithmetic(), torch.enable_grad():
            outputs = self.network(shown, *beside)
            label = [scans.labels[place]]
            loss = _loss(outputs, self.objective.targets(label).to(outputs.device), self.objective)
            if weighted:
                loss = loss * float(_counts(label, self.objective)[0])
            found = torch.autograd.grad(loss, self.chosen, allow_unused=True)
        parts = [torch.zeros_like(one) if grad is None else grad for one, grad in zip(self.chosen, found, strict=True)]
        gradient = torch.cat([part.flatten() for part in parts]).float()
        if not torch.isfinite(gradient).all():
            name = getattr(scans.volumes, "scans", {place: f"scan {place}"})[place]
            raise InputError(f"{name}: the gradient of its loss is not finite; train again or leave the scan out")
        return gradient


def set_weights(network, weights):
    """Give ``network`` the state dict ``weights``; `InputError` where they are another network's."""
    try:
        network.load_state_dict(weights)
    except RuntimeError as error:
        raise InputError(
            f"the kept weights are not those of {type(network).__name__}; train this split again"
        ) from error


def _behind(units, outputs, name):
    """The matrix (outputs, units) by which ``outputs`` follow from the layer's ``units``."""
    candidates = [np.eye(units.shape[1])] + ([HALVES] if units.shape[1] == 1 and outputs.shape[1] == 2 else [])
    largest = max(np.abs(outputs).max(), 1e-6)
    for matrix in candidates:
        if len(matrix) == outputs.shape[1] and np.abs(units @ matrix.T - outputs).max() <= CLOSE * largest:
            return matrix
    raise UnsupportedModel(
        f'layer "{name}" is the last linear one, but the outputs are not what it gives; use layers="all", or a network '
        "that ends with logits"
    )


def _derivatives(outputs, labels, objective):
    """First (n, classes) and second (n, classes, classes) derivatives of each scan's loss by its outputs."""
    targets = objective.targets(labels)
    if not objective.classes:
        return 2 * (outputs - targets.double().numpy()[:, None]), np.full((len(outputs), 1, 1), 2.0)
    likely = torch.softmax(torch.from_numpy(outputs), 1).numpy()
    curvatures = likely[:, :, None] * np.eye(objective.classes) - likely[:, :, None] * likely[:, None, :]
    return likely - np.eye(objective.classes)[targets.numpy()], curvatures


def _loss(outputs, targets, objective):
    if not objective.classes:
        return ((outputs[:, 0] - targets) ** 2).sum()
    return cross_entropy(outputs.float(), targets, reduction="sum")


def _counts(labels, objective):
    if objective.weight is None:
        return np.ones(len(labels))
    return np.array([objective.weight[int(label)] for label in labels])
