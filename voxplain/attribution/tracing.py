"""A network as a graph of what it calls, where torch.fx can follow it and nothing is lost on the way."""

import operator

from torch import fx, nn
from torch.overrides import TorchFunctionMode

_ALIASES = (
    *(nn.Identity, nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.Dropout3d),
    *(nn.AlphaDropout, nn.Flatten, nn.Unflatten),
)


class _Lost(Exception):
    """A switch that the graph would not keep."""


class _Switches(TorchFunctionMode):
    """Refuses what changes how gradients or numbers are made from there on, which torch.fx leaves out."""

    def __torch_function__(self, function, types, args=(), kwargs=None):
        if "grad_enabled" in getattr(function, "__name__", "") or "autocast" in getattr(function, "__name__", ""):
            raise _Lost
        return function(*args, **(kwargs or {}))


def traced(model):
    """The ``torch.fx.GraphModule`` of ``model``; None when it cannot be followed, or when hooks watch its layers."""
    if watched(model) or any("forward" in vars(layer) for layer in model.modules()):
        return None
    before = [(layer, dict(vars(layer))) for layer in model.modules()]
    try:
        with _Switches():
            graph = fx.symbolic_trace(model)
    # whatever a forward method does that torch.fx cannot follow, the whole network can still be run
    except Exception:
        return None
    finally:
        for layer, attributes in before:
            # what a forward method noted of the pass that was none
            vars(layer).clear()
            vars(layer).update(attributes)
    return graph if sum(node.op == "placeholder" for node in graph.graph.nodes) == 1 else None


def watched(model):
    """Whether somebody's hooks look at what goes through the layers of ``model``."""
    kinds = [name for name in vars(nn.Module()) if name.endswith("_hooks") and "state_dict" not in name]
    return any(getattr(layer, kind) for layer in model.modules() for kind in kinds)


def own_value(node):
    """Whether nobody else looks at the value of ``node``, which a step in place may therefore make anew."""
    if len(node.users) != 1:
        return False
    if node.op == "call_function" and node.target is operator.iadd:
        return isinstance(node.args[0], fx.Node) and own_value(node.args[0])
    alias = node.op in ("call_method", "get_attr") or _is_alias(node)
    return not alias or (bool(node.all_input_nodes) and all(own_value(one) for one in node.all_input_nodes))


def _is_alias(node):
    if node.op == "call_module":
        return isinstance(node.graph.owning_module.get_submodule(node.target), _ALIASES)
    return node.op == "call_function" and node.target.__name__ not in ("add", "relu", "conv3d", "conv2d")
