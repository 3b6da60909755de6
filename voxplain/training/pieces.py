"""Batches that are too large for the memory there is: passed in pieces whose gradients add up to the whole's."""

import logging

import torch

from voxplain.out_of_memory import ran_out
from voxplain.training.batches import Batch

log = logging.getLogger(__name__)


class Pieces:
    """Batches whole until memory runs out, then in pieces of at most ``most`` scans, which halves each time.

    ``most`` is None where everything fitted. A step made of pieces is that of the whole batch up to rounding, but for
    batch norm, whose statistics are those of a piece, and for dropout, which draws anew.
    """

    def __init__(self):
        self.most = None

    def state_dict(self):
        """What a training that goes on has to know, so that it takes the steps that it would have taken."""
        return {"most": self.most}

    def load_state_dict(self, state):
        """Go on where ``state`` was."""
        self.most = state["most"]

    def passed(self, batch, run, undo=lambda: None):
        """What ``run(piece)`` returns for each piece of ``batch``, a `Batch`.

        Where memory runs out, which the log says, ``undo()`` takes back what the pieces before did and all are run
        again, half as large; with a single scan the error remains.
        """
        while True:
            pieces = pieces_of(batch, self.most)
            found = _attempt(run, pieces)
            if found is not None:
                return found
            undo()
            whole = max(len(piece.places) for piece in pieces)
            self.most = whole // 2
            if torch.cuda.is_available():
                torch.cuda.empty_cache()
            log.warning(
                "out of memory with %d scans at once; going on with %d, their gradients added up", whole, self.most
            )


def pieces_of(batch, most):
    """``batch`` in the fewest pieces of at most ``most`` scans, as even as they come; whole for None."""
    if most is None or len(batch.places) <= most:
        return [batch]
    count = -(-len(batch.places) // most)
    places = [part.tolist() for part in torch.arange(len(batch.places)).tensor_split(count)]
    return [_piece(batch, part) for part in places]


def _piece(batch, part):
    beside = None if batch.covariates is None else batch.covariates[part]
    return Batch([batch.places[place] for place in part], batch.volumes[part], batch.labels[part], beside)


def _attempt(run, pieces):
    # left before anything is tried again, since the error holds on to the tensors of the failed pass
    try:
        return [run(piece) for piece in pieces]
    except (RuntimeError, MemoryError) as fault:
        if not ran_out(fault) or max(len(piece.places) for piece in pieces) == 1:
            raise
    return None
