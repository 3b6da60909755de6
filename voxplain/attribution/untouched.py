"""What surrounds every method: the user's network comes back as it was, and arithmetic is not shortened."""

from contextlib import contextmanager

import torch


@contextmanager
def untouched(model):
    """``model`` in evaluation mode; afterwards, also after an interruption, every layer has its own mode again.

    Weights, their gradients and ``requires_grad`` need no keeping: methods ask autograd for the gradient of an
    activation or a volume alone, which works for frozen weights too and leaves no ``.grad`` behind. A hook of a method
    is removed by the method, in the context manager that sets it.
    """
    modes = [(layer, layer.training) for layer in model.modules()]
    try:
        model.eval()
        yield
    finally:
        for layer, training in modes:
            layer.training = training


@contextmanager
def exact_arithmetic():
    """Convolutions on a GPU in full precision and in a repeatable order; TensorFloat-32 alone moves maps by 1e-3."""
    shortened = torch.backends.cuda.matmul.allow_tf32
    torch.backends.cuda.matmul.allow_tf32 = False
    try:
        with torch.backends.cudnn.flags(
            enabled=torch.backends.cudnn.enabled, benchmark=False, deterministic=True, allow_tf32=False
        ):
            yield
    finally:
        torch.backends.cuda.matmul.allow_tf32 = shortened
