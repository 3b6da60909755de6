"""Ways back that somebody wrote for themselves, which no graph of a network's operations holds."""

from torch.autograd.function import BackwardCFunction


def own_ways_back(output):
    """Yield the classes of the custom autograd functions that lie between ``output`` and its leaves."""
    waiting, seen = [output.grad_fn], set()
    while waiting:
        node = waiting.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        if isinstance(node, BackwardCFunction):
            yield node._forward_cls
        waiting.extend(following for following, _ in node.next_functions)
