"""A network as gradients of the score need it: nothing kept for weights, batch norm inside the convolutions.

It is made of the graph that torch.fx finds and gives the same numbers up to rounding; where the graph cannot be found
or gives others, methods run the network itself.
"""

import operator
from weakref import WeakKeyDictionary

import torch
import torch.nn.functional as F
from torch import fx, nn

from voxplain.attribution.kept_passes import kept_now
from voxplain.attribution.lean_convolution import KINDS, Convolution, scale_and_shift
from voxplain.attribution.stems import DenseStem, Entry, PooledStem, slope
from voxplain.attribution.tracing import own_value, traced
from voxplain.attribution.ways_back import own_ways_back

_NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)
_POOLS = (nn.MaxPool2d, nn.MaxPool3d)
_RELU = {F.relu, torch.relu, torch.relu_, "relu", "relu_"}
# what a rule of its own for ReLU lets by, since none of it is an activation
_LINEAR_MODULES = (
    *(*KINDS, *_NORMS, *_POOLS, nn.Linear, nn.Flatten, nn.Identity, nn.Dropout, nn.Dropout2d, nn.Dropout3d),
    *(nn.AvgPool2d, nn.AvgPool3d, nn.AdaptiveAvgPool2d, nn.AdaptiveAvgPool3d),
)
_LINEAR_FUNCTIONS = {
    *(operator.add, operator.iadd, torch.add, torch.cat, torch.flatten, F.dropout, F.pad, getattr, operator.getitem),
    *(F.max_pool2d, F.max_pool3d, F.avg_pool2d, F.avg_pool3d, F.adaptive_avg_pool2d, F.adaptive_avg_pool3d),
    *("view", "reshape", "flatten", "mean", "size", "add", "add_"),
}

# networks whose graph gave what they give, with what was compared; weights may have changed since
_compared = WeakKeyDictionary()


class _Ways:
    """The way back through every ReLU that holds now: a function of the gradient and of where it is off."""

    relu = staticmethod(slope)


class _Relu(torch.autograd.Function):
    @staticmethod
    def forward(ctx, values, ways):
        output = values.relu()
        ctx.save_for_backward(output)
        ctx.ways = ways
        return output

    @staticmethod
    def backward(ctx, gradient):
        return ctx.ways.relu(gradient, ctx.saved_tensors[0] <= 0), None


class Lean(fx.Interpreter):
    """The graph of a network with leaner steps: its ``stem``, and the rest as a function of what enters there."""

    def __init__(self, graph, keeps=False):
        super().__init__(graph)
        self.keeps = keeps
        self.ways, self.held, self.values = _Ways(), {}, {}
        self.steps, self.gone = {}, set()
        nodes = list(graph.graph.nodes)
        self.layers = {node: graph.get_submodule(node.target) for node in nodes if node.op == "call_module"}
        self.only_relu = all(self._is_linear(node) or self._is_relu(node) for node in nodes if node.op != "get_attr")
        self.relu_calls = sum(map(self._is_relu, nodes))
        for node in nodes:
            self._plan(node)
        self.stem, self.before = self._stem(next(node for node in nodes if node.op == "placeholder"))
        behind = [node.target for node in self.layers if node not in self.before and node.target not in self.gone]
        self.readable = {name for name in behind if [node.target for node in self.layers].count(name) == 1}

    def outputs(self, entry, begun=None):
        """What the network says of the passes of ``entry``, with a graph that ends at its trigger.

        ``begun`` are values by name of nodes that need not be done again; see voxplain.attribution.kept_passes.
        """
        self.held, self.values = {}, {}
        if begun is None:
            begun = {self.before[-1].name: self.stem.enter(entry, self.ways)}
        known = {node: begun[node.name] for node in self.module.graph.nodes if node.name in begun}
        for node, value in known.items():
            self._note(node, value)
        return self.run(initial_env=dict.fromkeys(self.before) | known)

    def run_node(self, node):
        if node not in self.steps:
            found = super().run_node(node)
        else:
            found = self.steps[node](self.env[node.args[0] if node.args else node.kwargs["input"]])
        self._note(node, found)
        return found

    def states(self, node):
        """All weights and statistics that decide on what ``node`` makes of its inputs."""
        following = next(iter(node.users), None)
        layers = [self.layers.get(node), self.layers.get(following) if self.steps.get(following) is _same else None]
        found = [tensor for layer in layers if layer is not None for tensor in layer.state_dict().values()]
        return [*found, self.fetch_attr(node.target)] if node.op == "get_attr" else found

    def _note(self, node, found):
        if not isinstance(found, torch.Tensor):
            return
        if self.keeps:
            self.values[node.name] = found
        if node.target in self.readable:
            self.held[node.target] = found, found._version

    def _plan(self, node):
        layer = self.layers.get(node)
        if self._is_relu(node):
            self.steps[node] = lambda values: _Relu.apply(values, self.ways)
        elif type(layer) in KINDS and node not in self.steps:
            following = next(iter(node.users), None)
            norm = self.layers.get(following)
            folds = len(node.users) == 1 and type(norm) in _NORMS and self.layer_count(layer) == 1
            convolution = Convolution.of(layer, norm if folds else None)
            if convolution is not None:
                self.steps[node] = convolution
                if folds:
                    self.steps[following] = _same
                    self.gone.add(node.target)
        elif type(layer) in _NORMS and node not in self.steps:
            self.steps[node] = _scaled(*scale_and_shift(layer))
        elif type(layer) is nn.Linear:
            self.steps[node] = _linear(layer)

    def layer_count(self, layer):
        """How often ``layer`` runs in a pass."""
        return sum(one is layer for one in self.layers.values())

    def _stem(self, given):
        """The stem, and the nodes that it does, from the input ``given`` on."""
        first = next(iter(given.users)) if len(given.users) == 1 else None
        convolution = self.steps.get(first)
        if not isinstance(convolution, Convolution):
            return DenseStem(), [given]
        chain = [first]
        while len(chain[-1].users) == 1 and len(chain) < 4:
            chain.append(next(iter(chain[-1].users)))
        behind = [node for node in chain[1:] if self.steps.get(node) is not _same]
        relu = bool(behind) and self._is_relu(behind[0])
        pool = behind[1] if relu and len(behind) > 1 else behind[0] if behind else None
        windows = _windows(self.layers.get(pool), convolution.axes)
        if windows and PooledStem.pays(convolution, windows):
            self.gone |= {node.target for node in chain[: chain.index(pool)] if node in self.layers}
            return PooledStem(convolution, windows, relu), [given, *chain[: chain.index(pool) + 1]]
        folded = [node for node in chain[1:2] if self.steps.get(node) is _same]
        return DenseStem(convolution), [given, first, *folded]

    def _is_relu(self, node):
        return type(self.layers.get(node)) is nn.ReLU or (
            node.op in ("call_function", "call_method") and node.target in _RELU
        )

    def _is_linear(self, node):
        if node in self.layers:
            return type(self.layers[node]) in _LINEAR_MODULES
        return node.op in ("placeholder", "output") or node.target in _LINEAR_FUNCTIONS


def lean_network(question, volumes):
    """The lean form of the network that ``question`` is put to; None when it has none for ``volumes``."""
    model = question.model
    if question.unit or volumes.dtype not in (torch.float32, torch.float64):
        return None
    kept = kept_now()
    lean = _made(traced(model)) if kept is None else kept.lean(model, traced, _made)
    if lean is None:
        return None
    graph = lean.module
    kinds = [type(layer) for layer in model.modules()]
    seen = (graph.code, tuple(kinds), volumes.shape[1:], volumes.dtype)
    if seen not in _compared.get(model, ()):
        if not _same_answer(question, lean, volumes[:1]):
            return None
        _compared.setdefault(model, set()).add(seen)
    return lean


def _made(graph):
    """The lean network of a ``graph``, or None."""
    return None if graph is None or not _apart(graph) else Lean(graph, keeps=kept_now() is not None)


def _apart(graph):
    """Whether every ReLU in place overwrites what nobody else looks at, and can so be made anew."""
    for node in graph.graph.nodes:
        layer = graph.get_submodule(node.target) if node.op == "call_module" else None
        place = getattr(layer, "inplace", False) or node.kwargs.get("inplace") or node.args[1:] == (True,)
        relu = type(layer) is nn.ReLU or node.target in _RELU
        in_place = place or node.target in ("relu_", torch.relu_)
        if relu and in_place and not own_value(node.all_input_nodes[0]):
            return False
    return True


def _same_answer(question, lean, volume):
    """Whether the graph gives what the network gives, and the network has no ways back of its own."""
    leaf = volume.clone().requires_grad_()
    known = question.model(leaf.clone())
    if not isinstance(known, torch.Tensor) or not known.requires_grad or any(own_ways_back(known)):
        return False
    try:
        ours = lean.outputs(Entry.each(lean.stem.of(volume)))
    # of operations that the graph cannot run by itself the network makes more
    except Exception:
        return False
    tolerance = rounding(volume)
    return known.shape == ours.shape and torch.allclose(known, ours, rtol=tolerance, atol=tolerance)


def rounding(values):
    """How far apart two ways to the same ``values`` can come, as a share of them."""
    return torch.finfo(values.dtype).eps ** 0.5


def _same(values):
    return values


def _scaled(scale, shift):
    def run(values):
        shape = (1, -1, *(1 for _ in values.shape[2:]))
        return values * scale.view(shape) + shift.view(shape)

    return run


def _linear(layer):
    weight, bias = layer.weight.detach(), None if layer.bias is None else layer.bias.detach()
    return lambda values: F.linear(values, weight, bias)


def _windows(layer, axes):
    """The window of a max-pooling, one length per axis; None when windows overlap, leave gaps or stand out."""
    if type(layer) not in _POOLS or layer.ceil_mode or layer.return_indices:
        return None
    kernel, stride, padding, dilation = (
        tuple(one) if isinstance(one, tuple | list) else (one,) * axes
        for one in (layer.kernel_size, layer.stride, layer.padding, layer.dilation)
    )
    plain = kernel == stride and padding == (0,) * axes and dilation == (1,) * axes
    return kernel if plain else None
