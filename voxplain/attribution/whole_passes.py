"""Scores of one volume with boxes of it covered, each covered volume passed through the whole network."""

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from voxplain.attribution.memory import batch_size
from voxplain.out_of_memory import in_batches

# values of a layer that are alive at a time: what goes in, what comes out, and what an operation needs in between
ALIVE = 4


class WholePasses:
    """Covered volumes pass through the whole network."""

    def __init__(self, question, volume):
        self.question, self.volume = question, volume
        with _Largest() as seen:
            self.whole = question.scores(volume.clone())
        self.each = ALIVE * max(seen.bytes, volume.numel() * volume.element_size())

    def scores(self, covers, fill, max_memory_gb):
        """The score with each of ``covers``, a list of `Cover`, replaced by that part of ``fill``."""

        def run(start, stop):
            covered = self.volume.repeat(stop - start, *(1 for _ in self.volume.shape[1:]))
            for volume, cover in zip(covered, covers[start:stop], strict=True):
                here, patch = volume[cover.place], fill[cover.place]
                here.copy_(patch if cover.inside is None else torch.where(cover.inside, patch, here))
            return self.question.of(torch.zeros(len(covered), dtype=torch.long)).scores(covered)

        return torch.cat(list(in_batches(run, len(covers), batch_size(self.each, max_memory_gb))))


class _Largest(TorchDispatchMode):
    """Remembers the bytes of the largest tensor that any operation makes."""

    bytes = 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        output = function(*args, **(kwargs or {}))
        for one in output if isinstance(output, tuple | list) else (output,):
            if isinstance(one, torch.Tensor):
                self.bytes = max(self.bytes, one.numel() * one.element_size())
        return output
