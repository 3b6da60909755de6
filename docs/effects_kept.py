"""Tabulate what registration leaves of each planted effect in each channel: ``python docs/effects_kept.py``.

Every made person of class 1 has a twin for each effect, the same in all but that effect. Both are registered on their
own, brain alone, at 3 mm. A cell is what all pairs of twins differ by (their mean difference, absolute, mean over the
effect's place) in standard deviations of persons without the effect (mean over the same place). What registration
itself adds, which is another thing in every person, is in the first row: twins who differ by a little noise only.
"""

import argparse
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import yaml

from voxplain.demo.anatomy import template_head
from voxplain.demo.effects import EFFECTS, region_weight
from voxplain.demo.person import draw_people
from voxplain.demo.render import draw_picture
from voxplain.volumes.channels import INTENSITY, log_jacobians
from voxplain.volumes.registration import apply, register
from voxplain.volumes.template import load_template
from voxplain.volumes.volume import Volume

ROOT = Path(__file__).resolve().parents[1]
TRANSFORMS = "rigid", "affine", "fast"
CHANNELS = INTENSITY, "log_jacobian", "log_jacobian_nonlinear"
NOISE = 0.01  # of the brain's mean intensity, the twins' only difference in the first row
HEAD = """\
# What registration keeps of each planted effect

Made heads: {subjects} persons of class 1, seed {seed}, {spacing:g} mm. A cell is what twins with and without an effect
differ by after registration, in standard deviations between persons, for one `transform` and one of the `channels` of
an input ([config/config.yaml](../config/config.yaml)). Read it beside the row of the same channel whose twins differ by
noise alone: what is no larger cannot be told from that. *empty*: the channel is the same for everybody.

`python docs/effects_kept.py --transforms rigid affine syn_quick` writes this page with other columns.

"""
ABOUT = {
    "none": "nothing but noise, in the brain",
    "region": "regional atrophy and darkening, in its region",
    "scale": "size of the brain, in the brain",
    "outside": "fat and skull, outside the brain",
}


def channels(picture, affine, template, transform, folder):
    """Maps (x, y, z) of one made picture on the template's grid, by channel."""
    head, mask = Volume(picture.restored, affine), Volume(picture.mask.astype(np.float32), affine)
    brain = Volume(np.where(picture.mask, picture.restored, 0), affine)
    registration = register(brain, template, transform, f"{folder}/{transform}_")
    moved, inside = (apply(one, template.image, registration.forward).data for one in (head, mask))
    maps = {name: one.data for name, one in log_jacobians(registration, template.image).items()}
    return {INTENSITY: moved / moved[inside > 0.5].mean()} | maps


def noisy(picture, number):
    """The same picture from a scanner that was a little less quiet."""
    sigma = NOISE * picture.restored[picture.mask].mean()
    noise = np.random.default_rng(number).normal(0, sigma, picture.restored.shape)
    return replace(picture, restored=(picture.restored + noise).astype(np.float32))


def places(template):
    """Where on the template's grid each effect is looked for, bool (x, y, z)."""
    brain = template.mask.data > 0.5
    index = np.indices(brain.shape)
    points = np.einsum("ij,jxyz->ixyz", template.image.affine[:3, :3], index)
    points += template.image.affine[:3, 3][:, None, None, None]
    return {"none": brain, "region": region_weight(points) > 0.2, "scale": brain, "outside": ~brain}


def effect_size(whole, twins, place):
    """Mean difference of the maps ``whole`` to their ``twins`` over the twins' spread, over ``place``; nan without."""
    whole, twins = (np.stack([one[place] for one in maps]).astype(np.float64) for maps in (whole, twins))
    spread = twins.std(axis=0, ddof=1).mean()
    return float(np.abs((whole - twins).mean(axis=0)).mean() / spread) if spread > 1e-6 else np.nan


def kept(made, transform, count, template):
    """Rows of the table for one transform: effect, channel, size."""
    affine, rows = template_head(made["spacing"]).grid.affine, []
    people = [person for person in draw_people(made) if person.group][:count]
    with TemporaryDirectory() as folder:

        def shown(picture):
            return channels(picture, affine, template, transform, folder)

        drawn = [draw_picture(made, person) for person in people]
        whole = [shown(picture) for picture in drawn]
        for effect in ("none", *EFFECTS):
            if effect == "none":
                twins = [shown(noisy(picture, number)) for number, picture in enumerate(drawn)]
            else:
                twins = [shown(draw_picture(made, person.without(effect))) for person in people]
            place = places(template)[effect]
            for channel in CHANNELS:
                maps = ([one[channel] for one in persons] for persons in (whole, twins))
                rows.append((effect, channel, effect_size(*maps, place)))
    return rows


def table(rows_of):
    """The table as Markdown, one line an effect and channel, one column a transform."""
    lines = [f"| effect | channel | {' | '.join(rows_of)} |", f"|---|---|{'---:|' * len(rows_of)}"]
    for rows in zip(*rows_of.values(), strict=True):
        effect, channel, _ = rows[0]
        cells = ["empty" if np.isnan(size) else f"{size:.2f}" for _, _, size in rows]
        lines.append(f"| {ABOUT[effect]} | {channel} | {' | '.join(cells)} |")
    return "\n".join(lines)


def main():
    """Write the table to the file that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--subjects", type=int, default=6, help="persons of class 1 (6)")
    parser.add_argument("--seed", type=int, default=1, help="of the cohort (1)")
    parser.add_argument("--transforms", nargs="+", default=TRANSFORMS, help="settings of inputs.<name>.transform")
    parser.add_argument("--output", type=Path, default=ROOT / "docs" / "effects_kept.md")
    asked = parser.parse_args()
    made = yaml.safe_load((ROOT / "config" / "config.yaml").read_text())["cohort"]["made"]
    made |= {"subjects": 2 * asked.subjects, "seed": asked.seed}
    template = load_template({"image": "mni152", "mask": None, "spacing": made["spacing"], "margin": 6})
    rows = {transform: kept(made, transform, asked.subjects, template) for transform in asked.transforms}
    head = HEAD.format(subjects=asked.subjects, seed=asked.seed, spacing=made["spacing"])
    asked.output.write_text(f"{head}{table(rows)}\n")


if __name__ == "__main__":
    main()
