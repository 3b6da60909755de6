"""The default brain mask of made heads, whose true mask is known, against those of two that need no download either.

`ants.get_mask` is threshold and morphology: made heads, whose skull is dark and whole, suit it. nilearn's
`compute_brain_mask` lays the template's mask where the header says. Both are faster than a registration.
"""

import tempfile

import ants
import nibabel
import numpy as np
from nilearn.masking import compute_brain_mask

from benchmarks.timing import interleaved, write_line
from voxplain.demo.anatomy import template_head
from voxplain.demo.person import draw_people
from voxplain.demo.render import draw_picture
from voxplain.volumes.carrying import as_ants
from voxplain.volumes.quality import dice
from voxplain.volumes.stripping import brain_mask
from voxplain.volumes.template import load_template
from voxplain.volumes.volume import Volume

MADE = {"subjects": 4, "seed": 7, "scale": 0.04, "region": 1.0, "outside": 1.0, "warp": 1.0, "null_cohort": False}
HEADS = {3.0: 4, 2.0: 2}  # mm: made heads
TARGETS = {3.0: 0.98, 2.0: 0.985}
REPEATS = 5


def compare():
    """Dice of every mask at 3 and 2 mm, the time of each at 3 mm, and the line."""
    found = {spacing: [_dices(head, mask, spacing) for head, mask in _heads(spacing)] for spacing in HEADS}
    head, _ = next(_heads(3.0))
    seconds = interleaved({name: lambda way=way: way(head, 3.0) for name, way in WAYS.items()}, REPEATS)
    figures = {
        f"{least}dice_{name}_{spacing:g}mm": float(of([dices[name] for dices in every]))
        for spacing, every in found.items()
        for name in WAYS
        for least, of in (("", np.mean), ("least_", np.min))
    }
    write_line(
        "strip",
        seconds["get_mask"] / seconds["ours"],
        1 - figures["least_dice_ours_3mm"],
        targets={f"dice_{spacing:g}mm": target for spacing, target in TARGETS.items()},
        heads="made heads",
        **figures,
        **{f"s_{name}_3mm": value for name, value in seconds.items()},
        hd_bet="not measured",
        synthstrip="not measured",
        gpu="not measured",
    )


def _heads(spacing):
    for person in draw_people(MADE)[: HEADS[spacing]]:
        picture, affine = draw_picture(MADE | {"spacing": spacing}, person), template_head(spacing).grid.affine
        yield Volume(picture.scanned, affine), picture.mask


def _dices(head, known, spacing):
    return {name: dice(way(head, spacing), known) for name, way in WAYS.items()}


def _ours(head, spacing):
    template = load_template({"image": "mni152", "mask": None, "spacing": spacing, "margin": 6})
    with tempfile.TemporaryDirectory() as folder:
        return brain_mask(head, template, folder)[0].data


def _get_mask(head, spacing):
    return ants.get_mask(as_ants(head)).numpy()


def _nilearn(head, spacing):
    return np.asarray(compute_brain_mask(nibabel.Nifti1Image(head.data, head.affine)).dataobj)


WAYS = {"ours": _ours, "get_mask": _get_mask, "nilearn": _nilearn}

if __name__ == "__main__":
    compare()
