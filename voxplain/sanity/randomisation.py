"""Randomisation of a network's weights, from its output to its input or one layer alone (Adebayo et al. 2018).

A layer is a module with parameters of its own, in the order in which a forward pass reaches it. A normalisation layer
belongs to the layer before it and is reset with it: its affine parameters to one and zero, its running mean to zero,
its running variance to one and its count of batches to zero. So a step never leaves statistics behind that were
gathered on weights that are gone. Every other layer is drawn afresh by its own ``reset_parameters``.
"""

from copy import deepcopy
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn.modules.batchnorm import _NormBase

from voxplain.errors import UnsupportedModel

NORMALISATION = (_NormBase, torch.nn.GroupNorm, torch.nn.LayerNorm)


@dataclass(frozen=True)
class Layer:
    """Names of the modules that are randomised in one step; ``name`` is that of the first."""

    modules: tuple[str, ...]

    @property
    def name(self):
        return self.modules[0]

    def tensors(self, model):
        """Names, as in ``state_dict``, of the parameters and buffers that this step may change."""
        return [
            f"{module}.{tensor}" if module else tensor
            for module in self.modules
            for tensor in model.get_submodule(module).state_dict()
        ]


def layers(model, *example):
    """Layers of ``model``, input first, as a forward pass of ``example`` meets them.

    ``example`` are volumes (batch, channels, *axes) and whatever else the model takes beside them.

    Layers that the answer does not depend on, such as a decoder's, are none of them. Raises UnsupportedModel, with the
    layer's name, for parameters that cannot be drawn afresh.
    """
    network = deepcopy(model).eval()
    names = {module: name for name, module in network.named_modules() if _is_layer(module)}
    met = []
    for module in names:
        module.register_forward_pre_hook(lambda module, _: met.append(module))
    with torch.no_grad():
        network(*example)
    for module in [module for module in names if module not in met]:
        if not _decides(module, network, example):
            del names[module]
    for module, name in names.items():
        if module not in met or not hasattr(module, "reset_parameters"):
            raise UnsupportedModel(
                f"layer {name}: {type(module).__name__} cannot be drawn afresh; give it reset_parameters"
            )
    found = []
    for module in dict.fromkeys(met):
        if found and isinstance(module, NORMALISATION):
            found[-1] = Layer((*found[-1].modules, names[module]))
        else:
            found.append(Layer((names[module],)))
    return found


def _decides(module, network, example):
    """Whether the answer to ``example`` depends on a parameter of ``module``, which was not called in the pass."""
    own = [parameter.requires_grad_(True) for parameter in module.parameters(recurse=False)]
    if not own:
        return True
    with torch.enable_grad():
        answer = network(*example)
        found = torch.autograd.grad(answer.sum(), own, allow_unused=True) if answer.requires_grad else ()
    return any(one is not None for one in found)


def cascade(model, found, seed):
    """Yield ``(layer name, state_dict)``, the head alone first, then one more layer towards the input each time.

    ``found`` comes from ``layers``; ``seed`` is a sequence of integers. The tensors are drawn on the CPU, each layer
    from its own stream, and ``model`` and torch's global random state stay as they are. The last step is a network of
    this architecture that was never trained.
    """
    network = deepcopy(model).cpu()
    for place in reversed(range(len(found))):
        stream = np.random.SeedSequence([*seed, place]).generate_state(1, np.uint64)[0]
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(int(stream >> np.uint64(1)))
            for module in found[place].modules:
                network.get_submodule(module).reset_parameters()
        yield found[place].name, {name: tensor.clone() for name, tensor in network.state_dict().items()}


def alone(state, drawn, tensors):
    """The ``state`` of the trained network with those ``tensors``, by name, of the state ``drawn`` by a cascade."""
    return {name: drawn[name] if name in tensors else tensor for name, tensor in state.items()}


def _is_layer(module):
    has_state = bool(list(module.buffers(recurse=False))) and isinstance(module, NORMALISATION)
    return has_state or bool(list(module.parameters(recurse=False)))
