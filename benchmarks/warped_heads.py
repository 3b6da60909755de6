"""Made heads whose warp from the template is known, for what registers them; four kinds, from easy to strange."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from voxplain.demo.anatomy import template_head
from voxplain.demo.grid import LATTICE, values_at, vectors_at
from voxplain.demo.person import draw_people
from voxplain.demo.render import draw_picture, template_points
from voxplain.demo.streams import smooth_noise, stream
from voxplain.demo.warps import exponential
from voxplain.volumes.volume import Volume

# Anatomy differs more than in the demo: by 2.6 mm in its widest part, as between people.
MADE = {"subjects": 2, "scale": 0.04, "region": 1.0, "outside": 1.0, "warp": 2.6, "null_cohort": False}
KINDS = "plain", "fine", "contrast", "folds"
FINE_WIDTH, FINE_STRENGTH = 5.0, 0.65  # mm; the demo's finest is 8 mm wide
FOLD_DEPTH, FOLD_DARKNESS = 14.0, 0.75  # mm from the brain's surface, share
CSF = 0.12


@dataclass(frozen=True)
class WarpedHead:
    """The stripped ``brain`` and the ``mask`` of one made head, and ``truth``, the template's points of its own."""

    brain: Volume
    mask: Volume
    truth: object


def warped_head(seed, spacing, kind="plain"):
    """The first person of cohort ``seed``, every ``spacing`` mm.

    ``kind`` is plain; fine, with a warp on top that is finer than any of the plain ones'; contrast, with other
    intensities and more noise; or folds, with sulci that the template lacks.
    """
    made = MADE | {"seed": seed, "spacing": spacing}
    person = draw_people(made)[0]
    picture, grid = draw_picture(made, person), template_head(spacing).grid
    data, mask, points = picture.restored, picture.mask.astype(np.float32), grid.points()
    fine = _fine_warp(seed) if kind == "fine" else None

    def truth(places):
        """Points (n, 3) of the template for points (n, 3) of the head, both RAS+ mm."""
        return template_points(made, person, _bent(places.T[:, :, None, None], fine))[:, :, 0, 0].T

    if kind == "fine":
        data, mask = (values_at(one, grid, _bent(points, fine)) for one in (data, mask))
    top = np.percentile(data[mask > 0.5], 99)
    if kind == "contrast":
        noise = stream(seed, person.number, "contrast").normal(0, 0.03, (2, *data.shape))
        data = top * np.hypot(np.clip(data / top, 0, None) ** 1.6 + noise[0], noise[1])
    if kind == "folds":
        dark = _folds(seed, spacing, template_points(made, person, points))
        data = data + dark * (CSF * top - data)
    mask = mask > 0.5
    brain = np.where(mask, data, 0).astype(np.float32)
    return WarpedHead(Volume(brain, grid.affine), Volume(mask.astype(np.float32), grid.affine), truth)


def errors(head, template, to_native):
    """Distance in mm, for every seventh voxel of the template's brain, of where it lies from where it was put.

    ``to_native`` takes points (n, 3) of the template to the head; the head's own truth takes them back.
    """
    points = np.argwhere(template.mask.data > 0.5)[::7] @ template.mask.affine[:3, :3].T + template.mask.affine[:3, 3]
    return np.linalg.norm(head.truth(to_native(points)) - points, axis=1)


def _fine_warp(seed):
    generator = stream(seed, 1, "fine warp")
    width = FINE_WIDTH / LATTICE.spacing
    velocity = np.stack([smooth_noise(generator, LATTICE.shape, width) for _ in range(3)])
    return exponential(np.float32(FINE_STRENGTH) * velocity)


def _bent(points, warp):
    points = np.asarray(points, np.float32)
    return points if warp is None else points + vectors_at(warp, LATTICE, points)


def _folds(seed, spacing, points):
    """How dark each of ``points`` is: sheets 2 to 3 mm thick where a random field is 0, near the brain's surface."""
    brain = template_head(spacing).brain
    field = smooth_noise(stream(seed, 1, "folds"), brain.extent.shape, 4.0)
    slope = np.sqrt(sum(part**2 for part in np.gradient(field)))
    sheets = np.exp(-0.5 * (field / np.maximum(slope, 0.05)) ** 2)
    depth = ndimage.distance_transform_edt(brain.extent > 0.5)
    near = np.clip((FOLD_DEPTH - depth) / 4, 0, 1) * (depth > 0)
    return values_at((FOLD_DARKNESS * sheets * near).astype(np.float32), brain.grid, points)
