"""What a method has to say beside its maps, such as how far they miss completeness: for a log or a sidecar."""

from contextlib import contextmanager
from contextvars import ContextVar

_open = ContextVar("notes", default=None)


@contextmanager
def notes():
    """A dictionary that methods called inside fill: lists with an entry for each volume in turn, and plain values.

    >>> with notes() as said:
    ...     maps = attribute(network, volumes, "integrated_gradients")
    >>> said["completeness_error"]
    [0.0021, 0.0005, 0.0013]
    """
    said = {}
    token = _open.set(said)
    try:
        yield said
    finally:
        _open.reset(token)


def note(name, value):
    """Say ``value`` under ``name``: a list (an entry per volume) is added to the one there, all else replaces it.

    Without ``notes`` around the call nobody listens, and nothing is kept.
    """
    said = _open.get()
    if said is None:
        return
    said[name] = said.get(name, []) + value if isinstance(value, list) else value
