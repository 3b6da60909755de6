"""How much the score drops when parts of a volume are covered, each in a pass of its own."""

from dataclasses import dataclass

import torch

from voxplain.attribution.covered_passes import covered_passes


@dataclass(frozen=True)
class Cover:
    """A part of a volume: the box around it, (start, stop) per axis, and which of the box's voxels (None: all)."""

    box: tuple
    inside: torch.Tensor | None = None

    @property
    def place(self):
        """The box in a volume (channels, *spatial)."""
        return (slice(None), *(slice(*ends) for ends in self.box))


def score_drops(question, volumes, covers, fills, max_batch):
    """score(x) - score(x with a part covered) for each volume: a list of (parts,) tensors, one per volume.

    ``covers`` holds a list of ``Cover`` for each volume; ``fills``, (count, batch, channels, *spatial), is what lies in
    their place, and a drop is the mean over the count. ``max_batch`` covered volumes go through the network at once.
    A part whose covering changes nothing drops exactly nothing and costs no pass.
    """
    drops = []
    with torch.no_grad():
        question = question.settled(volumes)
        passes_of = covered_passes(question, volumes)
        for row, parts in enumerate(covers):
            passes = passes_of(question.of(torch.tensor([row])), volumes[row : row + 1])
            drops.append(passes.whole.new_zeros(len(parts)))
            for fill in fills[:, row]:
                for numbers, boxes, patches in _batches(passes, volumes[row], parts, fill, max_batch):
                    found = passes.whole[0] - passes.scores(boxes, patches)
                    drops[row][torch.tensor(numbers, device=found.device)] += found / len(fills)
    return drops


def _batches(passes, volume, parts, fill, max_batch):
    """Numbers, boxes and patches of the parts that change something, in batches that can be passed together."""
    kinds = {}
    for number, part in enumerate(parts):
        kind = passes.kind(part.box)
        if kind is None:
            continue
        kinds.setdefault(kind, []).append(number)
    for alike in kinds.values():
        batch = []
        for number in alike:
            here = volume[parts[number].place]
            patch = fill[parts[number].place]
            if parts[number].inside is not None:
                patch = torch.where(parts[number].inside, patch, here)
            if (here != patch).any():
                batch.append((number, parts[number].box, patch))
            if len(batch) == max_batch:
                yield zip(*batch, strict=True)
                batch = []
        if batch:
            yield zip(*batch, strict=True)
