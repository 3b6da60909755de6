"""What a window of an operation's output sees of its input: a batch of patches, and known cells around them."""

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F

from voxplain.attribution.windows import laid, taken


@dataclass(frozen=True)
class Fetch:
    """How to make the windows that begin at ``begin``, (boxes, axes), of patches that lie in them or hold them.

    ``known`` names the cells around, (value, what lies outside of it). Where ``begin`` is None the patch has all there
    is, and ``pads`` add and cut, as of `F.pad`. ``cut`` is what of a patch is laid and ``offset`` where; ``inner`` is
    what of all that is wanted.
    """

    known: tuple
    pads: tuple = ()
    begin: torch.Tensor | None = None
    lengths: tuple = ()
    cut: tuple = ()
    offset: torch.Tensor | None = None
    inner: tuple = ()

    def around(self, spatial):
        """Cells before and behind ``spatial`` that these windows reach, per axis."""
        first, last = self.begin.min(0).values, self.begin.max(0).values + torch.tensor(self.lengths)
        return (-first).clamp(min=0).tolist(), (last - torch.tensor(spatial)).clamp(min=0).tolist()

    def of(self, patch, known, part):
        """(batch, channels, *lengths) of the boxes ``part``, a slice; ``known`` is (tensor, cells padded before it)."""
        if self.begin is None:
            return F.pad(patch, self.pads, value=self.known[1]) if any(self.pads) else patch
        tensor, before = known
        begin, offset = self.begin[part], self.offset[part]
        found = taken(tensor, begin + torch.tensor(before), self.lengths)
        laid(patch[self.cut], found, offset)
        return found[self.inner] if self.inner else found


def fetch(name, spatial, starts, lengths, begin, count):
    """A `Fetch` of windows from ``begin``, ``count`` long on each axis, of patches of ``lengths`` at ``starts``.

    ``name`` is how known cells are asked for and ``spatial`` is how many of them there are.
    """
    offset = starts - begin
    alike = (offset == offset[:1]).all(0)
    holds = (offset <= 0).all() and (offset + lengths >= count).all()
    if alike.all() and (holds or tuple(lengths) == tuple(spatial)):
        pads = [pad for at, n, m in zip(offset[0], lengths, count, strict=True) for pad in (m - at - n, at)]
        return Fetch(name, tuple(int(one) for one in reversed(pads)))
    cut, inner, low = [slice(None)] * 2, [slice(None)] * 2, []
    more, offset = list(count), offset.copy()
    for axis, (n, m) in enumerate(zip(lengths, count, strict=True)):
        column, margin, wanted = offset[:, axis], 0, slice(None)
        if alike[axis]:
            at = int(column[0])
            cut.append(slice(max(-at, 0), max(min(n, m - at), 0)))
            column[:] = max(at, 0)
        else:
            margin = max(-int(column.min()), 0)
            more[axis] += margin + max(int(column.max()) + n - m, 0)
            cut.append(slice(None))
            column += margin
            wanted = slice(margin, margin + m)
        low.append(margin)
        inner.append(wanted)
    wide = tuple(more) != tuple(count)
    return Fetch(
        name,
        begin=torch.from_numpy(begin - np.array(low)),
        lengths=tuple(more),
        cut=tuple(cut),
        offset=torch.from_numpy(offset),
        inner=tuple(inner) if wide else (),
    )
