"""What each function that a network may call does to values, by its name.

The kinds: "route" moves values about or copies them, "weighted" is a convolution or a dense layer, "norm" a batch norm,
"affine" anything else that is linear but for a constant, "activation" a function of single numbers that is 0 at 0,
"curve" any other such function, "max" a maximum over windows.
"""

import torch

_DIMS = ("1d", "2d", "3d")
_KINDS = {
    "route": {
        *("view", "view_as", "reshape", "reshape_as", "flatten", "unflatten", "ravel", "squeeze", "unsqueeze"),
        *("permute", "transpose", "movedim", "moveaxis", "swapaxes", "swapdims", "T", "mT", "flip", "roll"),
        *("contiguous", "clone", "to", "float", "double", "type", "type_as", "pad", "expand", "expand_as", "repeat"),
        *("__getitem__", "select", "narrow", "index_select", "split", "chunk", "unbind", "cat", "concat", "stack"),
        *("dropout", "alpha_dropout", "feature_dropout", "feature_alpha_dropout", *(f"dropout{d}" for d in _DIMS)),
    },
    "weighted": {"linear", *(f"conv{d}" for d in _DIMS), *(f"conv_transpose{d}" for d in _DIMS)},
    "norm": {"batch_norm"},
    "affine": {
        *("add", "__radd__", "sub", "subtract", "__rsub__", "rsub", "neg", "mul", "multiply", "__rmul__"),
        *("div", "divide", "true_divide", "matmul", "mean", "sum", "interpolate", "upsample"),
        *(f"{adaptive}avg_pool{d}" for d in _DIMS for adaptive in ("", "adaptive_")),
    },
    # some of them are 0 at 0 with the usual options only
    "activation": {"relu", "leaky_relu", "prelu", "rrelu", "elu", "selu", "celu", "gelu", "silu", "mish"}
    | {"relu6", "hardtanh", "tanh", "softsign", "hardshrink", "softshrink", "tanhshrink", "hardswish", "threshold"}
    | {"clamp", "clamp_min", "clamp_max"},
    "curve": {"sigmoid", "softplus", "logsigmoid", "hardsigmoid", "exp", "abs", "square", "pow"},
    "max": {"amax", *(f"{adaptive}max_pool{d}" for d in _DIMS for adaptive in ("", "adaptive_"))},
}
KIND_OF = {name: kind for kind, names in _KINDS.items() for name in names}
# where no more than one of the factors may come from the volume
OF_ONE = {"mul", "multiply", "__rmul__", "div", "divide", "true_divide", "matmul", "pow"}
# results that do not depend on the values
MADE_ANEW = {"zeros_like", "ones_like", "full_like", "new_zeros", "new_ones", "new_full"}
# an end that a network for class probabilities has
TO_PROBABILITIES = {"softmax", "log_softmax"}
# where the flag stands among the arguments that makes a call random, and what it is when left out
RANDOM = {"rrelu": (3, False)} | {name: (2, True) for name in _KINDS["route"] if "dropout" in name}


def name_of(function):
    """The name in the tables of a function, method, operator or property of torch."""
    if function is torch.batch_norm:
        # the same name as the one in functional, and another order of arguments
        return "torch.batch_norm"
    name = getattr(function, "__name__", str(function))
    # a property such as .T is asked for through its getter
    name = getattr(function.__self__, "__name__", name) if name == "__get__" else name
    # some of torch.nn.functional are private functions under a public name
    return name if name.startswith("__") else name.removeprefix("_")
