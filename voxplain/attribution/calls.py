"""Every operation that a network does to a volume, one call at a time as it runs, for methods with a rule for each.

Nothing is read off the modules: whatever is called on what came from the volume, by a module, a function or an
operator, shared, nested or in place, passes here. A call that is not in the table of kinds has no rule and is refused.
"""

from contextlib import contextmanager
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_flatten, tree_unflatten
from torch.utils.weak import WeakTensorKeyDictionary

from voxplain.attribution.call_kinds import KIND_OF, MADE_ANEW, OF_ONE, RANDOM, TO_PROBABILITIES, name_of
from voxplain.attribution.layers import running_layers
from voxplain.attribution.rectifiers import refuse_torchscript
from voxplain.attribution.ways_back import own_ways_back
from voxplain.errors import UnsupportedModel

_OTHERS = 'use "integrated_gradients" or "occlusion"'


@dataclass(frozen=True)
class Call:
    """One call on what came from the volume: ``run(*inputs)`` does it again, never in place."""

    name: str
    kind: str
    layer: str
    inputs: tuple  # the tensors among its arguments that came from the volume
    depth: int  # most weighted layers between them and the volume
    function: object
    args: tuple
    kwargs: dict
    run: object
    target: torch.Tensor | None  # what the call overwrites

    def argument(self, place, name, default=None):
        """An argument by its place or its name."""
        return self.args[place] if len(self.args) > place else self.kwargs.get(name, default)


class _Followed(TorchFunctionMode):
    """Hands each call on what came from ``volumes`` to ``treat(call)``, which returns the call's output."""

    def __init__(self, volumes, treat, layers, method):
        super().__init__()
        self.treat, self.layers, self.method = treat, layers, method
        self.depths = WeakTensorKeyDictionary()
        self.depths[volumes] = 0
        # what was read off the values, such as which is larger, and may choose the way but not enter the result
        self.read = WeakTensorKeyDictionary()

    def __torch_function__(self, function, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        tensors = [one for one in tree_flatten((args, kwargs))[0] if isinstance(one, torch.Tensor)]
        # what runs in no layer is the score itself
        if not self.layers or not any(one in self.depths or one in self.read for one in tensors):
            return function(*args, **kwargs)
        name = name_of(function)
        if any(one in self.read for one in tensors):
            self._check_reading(name, kwargs, tensors)
            return self._noted(function(*args, **kwargs))
        if name == "detach":
            return self._noted(function(*args, **kwargs))
        if name in MADE_ANEW:
            return function(*args, **kwargs)
        plain = name[:-1] if name.endswith("_") and not name.endswith("__") else name
        kind = KIND_OF.get(plain)
        if kind is None:
            return self._harmless(name, function(*args, **kwargs))
        self._check(plain, kind, args, kwargs)
        call = self._call(function, plain, kind, args, kwargs, in_place=plain != name)
        output = self.treat(call)
        for one in output if isinstance(output, tuple | list) else (output,):
            self.depths[one] = call.depth + (kind == "weighted")
        if call.target is None:
            return output
        call.target.copy_(output)
        self.depths[call.target] = self.depths[output]
        return call.target

    def _harmless(self, name, output):
        """``output``, when a call without a rule only asked for a shape, a type, a number or which is larger."""
        found = [one for one in tree_flatten(output)[0] if isinstance(one, torch.Tensor)]
        if name == "__setitem__" or any(one.is_floating_point() or one.is_complex() for one in found):
            remedy = (
                'use a network that ends before it, or "integrated_gradients"' if name in TO_PROBABILITIES else _OTHERS
            )
            self._refuse(f"runs {name}, for which {self.method} has no rule", remedy)
        return self._noted(output)

    def _noted(self, output):
        for one in tree_flatten(output)[0]:
            if isinstance(one, torch.Tensor):
                self.read[one] = True
        return output

    def _check_reading(self, name, kwargs, tensors):
        """Refuse to take what was only read into the result, also by writing on it where it shares the memory."""
        writes = name == "__setitem__" or kwargs.get("inplace") or (name.endswith("_") and not name.endswith("__"))
        if writes or any(one in self.depths for one in tensors):
            self._refuse(f"runs {name} on what was detached or compared, for which {self.method} has no rule")

    def _refuse(self, found, remedy=_OTHERS):
        layer = self.layers[-1] or "the network itself"
        raise UnsupportedModel(f'layer "{layer}" {found}; {remedy}')

    def _check(self, name, kind, args, kwargs):
        first, rest = args[:1] or (kwargs.get("input"),), tree_flatten((args[1:], kwargs))[0]
        others = [one for one in rest if isinstance(one, torch.Tensor) and one in self.depths and one is not first[0]]
        inside = isinstance(first[0], torch.Tensor) and first[0] in self.depths
        if name in OF_ONE and (any(one is first[0] for one in rest) or (others and (inside or "div" in name))):
            self._refuse(f"runs {name} on two tensors that both come from the volume")
        if kind in ("weighted", "norm") and others:
            self._refuse(f"runs {name} with weights that come from the volume")
        if name in RANDOM:
            place, default = RANDOM[name]
            if args[place] if len(args) > place else kwargs.get("training", kwargs.get("train", default)):
                self._refuse(f"runs {name} at random in evaluation mode")
        if name == "batch_norm" and (kwargs.get("training", args[5] if len(args) > 5 else False)):
            self._refuse("normalises by the batch it runs in")

    def _call(self, function, name, kind, args, kwargs, in_place):
        target = args[0] if in_place else None
        if in_place:
            function = getattr(F, name, None) or getattr(torch, name)
        if kwargs.get("inplace"):
            target, kwargs = args[0] if args else kwargs["input"], {**kwargs, "inplace": False}
        if kind in ("activation", "curve") and any(one is True for one in args[1:]):
            target, args = args[0], tuple(False if one is True else one for one in args)
        if "dropout" in name:
            target = None
        if target is not None:
            # what is about to be overwritten is kept, since a rule may need it on the way back
            args, kwargs = _replaced((args, kwargs), target, target.clone(), self.depths)
        leaves, tree = tree_flatten((args, kwargs))
        places = [at for at, one in enumerate(leaves) if isinstance(one, torch.Tensor) and one in self.depths]

        inputs = tuple(leaves[place] for place in places)
        # run must not hold the values themselves, which would then live as long as the graph
        leaves = [None if at in places else one for at, one in enumerate(leaves)]

        def run(*inputs):
            filled = iter(inputs)
            again, named = tree_unflatten(
                [next(filled) if at in places else one for at, one in enumerate(leaves)], tree
            )
            return function(*again, **named)

        depth = max(self.depths[one] for one in inputs)
        layer = self.layers[-1] or "the network itself"
        return Call(name, kind, layer, inputs, depth, function, args, kwargs, run, target)


def _replaced(arguments, old, new, depths):
    if old in depths:
        depths[new] = depths[old]
    leaves, tree = tree_flatten(arguments)
    return tree_unflatten([new if one is old else one for one in leaves], tree)


@contextmanager
def followed_calls(model, volumes, treat, method):
    """Inside, what ``model`` does to ``volumes`` goes through ``treat(call)``; UnsupportedModel if it has no rule."""
    refuse_torchscript(model, method)
    with running_layers(model) as layers, _Followed(volumes, treat, layers, method):
        yield


def check_own(output, own, method):
    """Raise UnsupportedModel when a custom way back that is not of ``own`` lies between ``output`` and its leaf."""
    for function in own_ways_back(output):
        if function not in own:
            raise UnsupportedModel(
                f'the network runs its own autograd function "{function.__name__}", for which {method} has no '
                f"rule; {_OTHERS}"
            )
