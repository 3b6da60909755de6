"""A traced network as a list of operations, those that work on neighbouring cells told from all others."""

from dataclasses import replace

import torch
from torch import fx
from torch._subclasses.fake_tensor import FakeTensorMode

from voxplain.attribution.operation_rules import rule_of
from voxplain.attribution.operations import Operation

_WINDOWED = ("cells", "slides")


class Dataflow:
    """``operations``, {value: Operation} in order; values are named by the nodes of ``graph``, the first is ``source``.

    ``local`` are the values that keep the place of what they come from, ``windowed`` those that operations make,
    ``ends`` those that others than local operations read; ``done`` are the values that an operation reads last. Batch
    norm is folded into a convolution before it, and a monotone function of single cells, such as ReLU, moves behind a
    max-pooling that follows it: the same values from fewer operations. ``volume``, (1, channels, *spatial), is looked
    at for its shape alone.
    """

    def __init__(self, graph, volume):
        shown, self.axes = _Shown(graph), volume.dim() - 2
        with FakeTensorMode(allow_non_fake_inputs=True) as fake:
            shown.run(fake.from_tensor(volume))
        nodes = list(graph.graph.nodes)
        self.source, *others = [node for node in nodes if node.op == "placeholder"]
        if others:
            raise ValueError("the network takes more than volumes")
        self.operations, self.local, constants = {}, {self.source}, {}
        # behind a layer that works in place, what went in is what came out
        now = {}
        for node in nodes:
            if node is self.source:
                continue
            depends = [one for one in node.all_input_nodes if one not in constants]
            run = _as_traced(graph, node, depends, constants)
            if not depends and node.op != "output":
                constants[node] = run()
                continue
            inputs = tuple(now.get(one, one) for one in depends)
            found, in_place = rule_of(graph, node, inputs, constants, self.axes)
            found = found if self._fits(found, inputs, node, shown.shapes) else Operation(inputs, run)
            found = found if found.run else replace(found, run=run)
            self.operations[node] = found
            if found.kind in _WINDOWED:
                self.local.add(node)
            if in_place:
                now |= {one: node for one in (depends[0], *(name for name, at in now.items() if at is inputs[0]))}
        self.output = nodes[-1]
        self._fold()
        self._reading()

    def _reading(self):
        """Find which values are read, how often, after which operation no more, and which by what is not local."""
        users = self.users()
        needed = {self.output}
        for value, one in reversed(self.operations.items()):
            if value in needed:
                needed |= set(one.inputs)
        self.operations = {value: one for value, one in self.operations.items() if value in needed}
        users = self.users()
        self.windowed = [value for value in self.operations if value in self.local]
        self.uses = {value: len(users[value]) for value in (self.source, *self.windowed)}
        self.ends = [v for v in self.uses if any(self.operations[one].kind not in _WINDOWED for one in users[v])]
        order = {value: number for number, value in enumerate(self.operations)}
        self.done = {value: [] for value in self.operations}
        for value, readers in users.items():
            if readers:
                self.done[max(readers, key=order.get)].append(value)

    def shapes(self, spatial):
        """{value: spatial shape} of the local values of a volume of shape ``spatial``."""
        found = {self.source: tuple(spatial)}
        for value in self.windowed:
            one = self.operations[value]
            before = found[one.inputs[0]]
            found[value] = tuple(one.moves.cells(*pair) for pair in enumerate(before)) if one.moves else before
        return found

    def surrounds(self, value, tied):
        """Whether windows need cells of a local ``value`` around patches of it; `ties` holds those that see no more."""
        for user in self.users()[value]:
            one = self.operations[user]
            if one.kind not in _WINDOWED or len(one.inputs) > 1 or one.moves and tied.get(value) is not user:
                return True
        return value is self.source

    def users(self):
        """{value: those that are made of it}."""
        found = {value: [] for value in (self.source, *self.operations)}
        for value, one in self.operations.items():
            for taken in set(one.inputs):
                found[taken].append(value)
        return found

    def _fits(self, found, inputs, node, shapes):
        """Whether a rule holds for values of these shapes."""
        if found is None or any(one not in self.local for one in inputs):
            return False
        if found.kind in ("shape", "mean"):
            return True
        here, given = shapes[node], [shapes[one] for one in inputs]
        whole = all(len(one) == self.axes + 2 and one[0] == 1 for one in (here, *given))
        return whole and (found.kind == "slides" or all(one[2:] == here[2:] for one in given))

    def _fold(self):
        users = self.users()
        for value, one in list(self.operations.items()):
            before = self.operations.get(one.inputs[0])
            if before is None or len(users[one.inputs[0]]) > 1:
                continue
            if one.scaled and before.after:
                self.operations[value] = before.after(*one.scaled)
                del self.operations[one.inputs[0]]
            elif one.work and one.moves and one.moves.fill == float("-inf") and before.monotone:
                self.operations[one.inputs[0]] = replace(one, inputs=before.inputs)
                self.operations[value] = replace(before, inputs=one.inputs)


class _Shown(fx.Interpreter):
    """Remembers the shapes of what would come out of each operation."""

    def __init__(self, graph):
        super().__init__(graph)
        self.shapes = {}

    def run_node(self, node):
        value = super().run_node(node)
        self.shapes[node] = tuple(value.shape) if isinstance(value, torch.Tensor) else ()
        return value


def _as_traced(graph, node, depends, constants):
    """A node as a function of the values of ``depends``."""
    made = fx.Interpreter(graph)

    def run(*values):
        known = dict(zip(depends, values, strict=True))
        args, kwargs = fx.map_arg((node.args, node.kwargs), lambda one: known[one] if one in known else constants[one])
        found = getattr(made, node.op)(node.target, args, kwargs)
        return graph.graph.process_outputs(found) if node.op == "output" else found

    return run
