"""Convolutions and dense layers as they are called, with other weights on request, and the norms folded into them."""

from dataclasses import dataclass, replace

import torch
from torch.utils.weak import WeakTensorKeyDictionary

from voxplain.attribution.calls import followed_calls


@dataclass(frozen=True)
class Weighted:
    """A call z = function(a, weight, bias, ...)."""

    function: object
    weight: torch.Tensor
    bias: torch.Tensor | None
    rest: tuple
    named: dict

    @classmethod
    def of(cls, call):
        named = {name: value for name, value in call.kwargs.items() if name not in ("input", "weight", "bias")}
        weight, bias = call.argument(1, "weight"), call.argument(2, "bias")
        return cls(call.function, weight.detach(), None if bias is None else bias.detach(), call.args[3:], named)

    def with_weights(self, of_weight, of_bias):
        """The call as a function of a, with of_weight(weight) and of_bias(bias)."""
        weight = of_weight(self.weight)
        bias = None if self.bias is None else of_bias(self.bias)
        return lambda values: self.function(values, weight, bias, *self.rest, **self.named)

    def __call__(self, values):
        return self.function(values, self.weight, self.bias, *self.rest, **self.named)

    def folded(self, norm):
        """The convolution and the ``norm`` behind it as one convolution."""
        weight = self.weight * norm.scale.view(-1, *(1 for _ in self.weight.shape[1:]))
        bias = norm.shift if self.bias is None else norm.shift + norm.scale * self.bias
        return replace(self, weight=weight, bias=bias)


@dataclass(frozen=True)
class Norm:
    """A batch norm that uses running statistics, as scale * z + shift for each channel."""

    scale: torch.Tensor
    shift: torch.Tensor

    @classmethod
    def of(cls, call):
        mean, variance = call.argument(1, "running_mean"), call.argument(2, "running_var")
        weight, bias = call.argument(3, "weight"), call.argument(4, "bias")
        scale = (variance + call.argument(7, "eps", 1e-5)).rsqrt()
        scale = scale if weight is None else scale * weight.detach()
        return cls(scale, -mean * scale if bias is None else bias.detach() - mean * scale)


def folded_norms(question, volumes, method):
    """The ``Norm`` behind each convolution whose output goes into it and nowhere else, found in one pass.

    Two dictionaries: of the norms by the number of the convolution, and of the convolutions by the number of the norm,
    each counted in the order of the calls of its kind.
    """
    made, users, norms = WeakTensorKeyDictionary(), {}, []

    def treat(call):
        for one in (*call.inputs, call.target):
            if one is not None and one in made:
                users[made[one]].append(call.kind == "norm" and len(norms))
        if call.kind == "norm":
            norms.append(Norm.of(call))
        output = call.run(*call.inputs)
        if call.kind == "weighted":
            number = len(users)
            users[number] = []
            if call.name in ("conv1d", "conv2d", "conv3d"):
                made[output] = number
        return output

    own = volumes.clone()
    with torch.no_grad(), followed_calls(question.model, own, treat, method):
        # the very question, since reading a unit off a convolution keeps the norm behind it apart
        question.scores(own)
    # a number may be 0, which equals False
    pairs = {number: used[0] for number, used in users.items() if len(used) == 1 and used[0] is not False}
    return {number: norms[at] for number, at in pairs.items()}, {at: number for number, at in pairs.items()}
