"""A network as a graph of its operations, by torch.fx or, where that cannot follow it, by torch.export."""

import copy

import torch
from torch import fx


def traced(model, volumes):
    """Yield the graph modules that can be made of ``model``, each with the name of what made it.

    A network that asks about its volumes' shape escapes torch.fx, one that asks about their values escapes both.
    """
    for name, trace in (("torch.fx", _by_symbols), ("torch.export", _by_example)):
        try:
            graph = trace(_twin(model, {}), volumes)
        # whatever a forward method does that a tracer cannot follow, the whole network can still be run
        except Exception:  # nosec B112
            continue
        yield graph, name


def _by_symbols(model, volumes):
    return fx.symbolic_trace(model)


def _by_example(model, volumes):
    # an example of one would be taken for a size that never changes
    example = volumes[:1].repeat(2, *(1 for _ in volumes.shape[1:]))
    shapes = ({0: torch.export.Dim.DYNAMIC},)
    exported = torch.export.export(model, (example,), dynamic_shapes=shapes, strict=False)
    return exported.module(check_guards=False)


def _twin(layer, made):
    """A layer with the same tensors, so that what tracing leaves in its attributes is not left in the user's."""
    if id(layer) not in made:
        made[id(layer)] = twin = copy.copy(layer)
        for name in ("_parameters", "_buffers"):
            setattr(twin, name, dict(getattr(layer, name)))
        twin._modules = {name: None if one is None else _twin(one, made) for name, one in layer._modules.items()}
    return made[id(layer)]
