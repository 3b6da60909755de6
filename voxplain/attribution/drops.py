"""How much the score drops when parts of a volume are covered, each in a pass of its own."""

from dataclasses import dataclass, replace

import torch
from torch import nn

from voxplain.attribution.covered_passes import covered_passes
from voxplain.attribution.covering import changing
from voxplain.attribution.memory import MAX_MEMORY_GB


@dataclass(frozen=True)
class Cover:
    """A part of a volume: the box around it, (start, stop) per axis, and which of the box's voxels (None: all)."""

    box: tuple
    inside: torch.Tensor | None = None

    @property
    def place(self):
        """The box in a volume (channels, *spatial)."""
        return (slice(None), *(slice(*ends) for ends in self.box))


def score_drops(question, volumes, covers, fills, max_memory_gb=MAX_MEMORY_GB):
    """score(x) - score(x with a part covered) for each volume: a list of (parts,) tensors, one per volume.

    ``covers`` holds a list of ``Cover`` for each volume; ``fills``, (count, batch, channels, *spatial), is what lies in
    their place, and a drop is the mean over the count. As many covered volumes go through the network at once as fit
    ``max_memory_gb``. A part whose covering changes nothing drops exactly nothing and costs no pass.
    """
    drops = []
    with torch.no_grad():
        question, known = _settled(question, volumes)
        passes_of = covered_passes(question, volumes, known)
        for row, parts in enumerate(covers):
            passes = passes_of(question.of(torch.tensor([row])), volumes[row : row + 1])
            drops.append(passes.whole.new_zeros(len(parts)))
            for fill in fills[:, row]:
                numbers = changing(parts, volumes[row], fill) if parts else []
                if numbers:
                    found = passes.whole - passes.scores([parts[one] for one in numbers], fill, max_memory_gb)
                    drops[row][torch.tensor(numbers, device=found.device)] += found / len(fills)
    return drops


def _settled(question, volumes):
    """``question`` with the predicted classes written down, and what the network said if that took a pass."""
    if question.unit or question.classes is not None:
        return question, None
    known = question.model(volumes.clone())
    return replace(replace(question, model=nn.Identity()).settled(known), model=question.model), known
