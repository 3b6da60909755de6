"""Passes that are kept while only weights change, so that what lies before the first changed layer is not done again.

A network whose head was randomised makes of a volume what the trained one makes of it, up to that head. Inside
`kept_passes` the trained network's passes stay, with their graphs, and a network of the same layers begins where its
weights begin to differ; the way back runs through the kept graph. Methods that look at several volumes or at changed
ones find no pass that was kept, and do as ever.
"""

import operator
from contextlib import contextmanager
from contextvars import ContextVar

import torch

# Bytes of what passes hold, above which no further one is kept.
MOST = 2**30
_IN_PLACE = {operator.iadd, operator.isub, operator.imul, operator.itruediv, operator.setitem}
_now = ContextVar("kept_passes", default=None)


@contextmanager
def kept_passes(model):
    """Inside, what ``model`` makes of volumes is kept for networks of the same layers, and each network is traced once.

    Between calls nothing of a network may change but its weights, and those of ``model`` not at all.
    """
    token = _now.set(KeptPasses(model))
    try:
        yield
    finally:
        _now.reset(token)


def kept_now():
    """The ``KeptPasses`` that hold here, or None."""
    return _now.get()


class KeptPasses:
    """Passes of ``model``, and the lean networks of all that were asked about, by network."""

    def __init__(self, model):
        self.model, self.networks, self.passes, self.held = model, {}, [], 0

    def lean(self, model, trace, plan):
        """The lean network that ``plan`` makes of ``trace(model)``; traced once, planned once for each state of it."""
        tensors = [*model.parameters(), *model.buffers()]
        state = [(id(one), one._version) for one in tensors]
        _, graph, planned, lean = self.networks.get(id(model)) or (model, trace(model), None, None)
        if planned != state:
            lean = graph and plan(graph)
        self.networks[id(model)] = model, graph, state, lean
        return lean

    def keep(self, one, volumes):
        """Keep the pass ``one`` of ``volumes`` by ``model``, unless there is no room or its values may change."""
        size = sum(value.nbytes for value in one.values.values())
        if self.held + size <= MOST and _stays(one.lean):
            self.held += size
            self.passes.append((volumes, one))

    def begun(self, lean, volumes):
        """The kept pass of ``volumes`` that the network of ``lean`` may go on with, and the values it shares; or None.

        Shared is all that no changed layer lies before. There is none where the first layer changed already.
        """
        for kept, one in self.passes:
            if kept.shape == volumes.shape and kept.dtype == volumes.dtype and torch.equal(kept, volumes):
                values = _shared(lean, one)
                return (one, values) if values else None
        return None


def _stays(lean):
    """Whether nothing behind the stem overwrites a value that a later network may begin with."""
    for node in lean.module.graph.nodes:
        in_place = getattr(lean.layers.get(node), "inplace", False) or node.kwargs.get("inplace")
        name = node.target if isinstance(node.target, str) else getattr(node.target, "__name__", "")
        named = node.op != "call_module" and name.endswith("_") and not name.endswith("__")
        if node not in lean.steps and (in_place or named or node.target in _IN_PLACE):
            return False
    return True


def _shared(lean, one):
    """Values by name of the nodes that ``lean`` has in common with the pass ``one``; none where the stem differs."""
    others = {node.name: node for node in one.lean.module.graph.nodes}
    if lean.module.code != one.lean.module.code or str(lean.module) != str(one.lean.module):
        return {}
    same, found = set(), {}
    for node in lean.module.graph.nodes:
        states = lean.states(node), one.lean.states(others[node.name])
        known = all(given in same for given in node.all_input_nodes)
        if known and node.op != "output" and all(map(torch.equal, *states)):
            same.add(node)
            found |= {name: value for name, value in one.values.items() if name == node.name}
    return found if lean.before[-1].name in found else {}
