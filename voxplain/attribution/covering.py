"""The parts of a volume that covers change, and what lies there when they are laid on it."""

import torch

from voxplain.attribution.windows import taken


def changing(covers, volume, fill):
    """Numbers of the ``covers`` under which ``fill`` differs from ``volume``, both (channels, *spatial)."""
    differs = (volume != fill).any(0)
    sums = differs.long()
    for axis in range(sums.dim()):
        sums = torch.nn.functional.pad(sums.movedim(axis, -1).cumsum(-1), (1, 0)).movedim(-1, axis)
    ends = torch.tensor([cover.box for cover in covers], device=sums.device).view(len(covers), sums.dim(), 2)
    counts = 0
    for corner in torch.cartesian_prod(*[torch.tensor([0, 1])] * sums.dim()).tolist():
        place = tuple(ends[:, axis, side] for axis, side in enumerate(corner))
        counts = counts + (-1) ** (len(corner) - sum(corner)) * sums[place]
    numbers = counts.nonzero().flatten().tolist()
    # where a box holds a change, what is covered in it need not
    return [
        one
        for one in numbers
        if covers[one].inside is None or bool(differs[covers[one].place[1:]][covers[one].inside].any())
    ]


def _changes(cover, differs):
    return bool((differs[cover.place[1:]] & cover.inside).any())


def covered_windows(volume, fill, covers, starts, lengths):
    """(batch, channels, *lengths): ``volume``, (1, channels, *spatial), from ``starts`` on with each of ``covers``."""
    patches = taken(fill, starts, lengths)
    sizes = {tuple(stop - start for start, stop in cover.box) for cover in covers}
    if sizes == {tuple(lengths)} and all(cover.inside is None for cover in covers):
        return patches
    inside = torch.zeros(len(covers), *lengths, dtype=torch.bool, device=volume.device)
    for mask, cover, start in zip(inside, covers, starts.tolist(), strict=True):
        place = tuple(slice(a - at, b - at) for (a, b), at in zip(cover.box, start, strict=True))
        mask[place] = True if cover.inside is None else cover.inside
    return torch.where(inside[:, None], patches, taken(volume, starts, lengths))
