"""A person's T1 volume, as scanned and as restored, and the anatomy in it that is known because it was made."""

from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np

from voxplain.demo.anatomy import template_head
from voxplain.demo.brain import TISSUE_SHARE
from voxplain.demo.effects import REGION_DARKENING, REGION_WARP, region_radius, region_velocity, region_weight
from voxplain.demo.grid import LATTICE, resampled, values_at, vectors_at
from voxplain.demo.paint import paint_head
from voxplain.demo.streams import smooth_noise, stream
from voxplain.demo.warps import exponential, individual_velocity, jacobian_determinant

ORIGIN = (0.0, -18.0, 10.0)
NOISE = 0.022
BIAS = 0.11
BIAS_WIDTH = 60.0


@dataclass(frozen=True)
class Picture:
    """Volumes (x, y, z) on the head's grid: the scanner's image and the one without bias, float32; brain mask;
    tissue (0 none, 1 CSF, 2 grey, 3 white matter); whether a voxel is right of the midline."""

    scanned: np.ndarray
    restored: np.ndarray
    mask: np.ndarray
    tissue: np.ndarray
    right: np.ndarray


@lru_cache(maxsize=1)
def individual_warp(seed, number, strength):
    """Displacement of one person's own anatomy on the lattice; their twins share it."""
    return exponential(individual_velocity(stream(seed, number, "warp"), strength))


@cache
def _region_velocity():
    return region_velocity()


@lru_cache(maxsize=1)
def region_warp(strength):
    """Displacement of the regional effect on the lattice, 1 being the tuned strength."""
    return exponential(np.float32(strength * REGION_WARP) * _region_velocity())


@lru_cache(maxsize=1)
def _scalp(spacing, seed, number, layers):
    return paint_head(template_head(spacing), stream(seed, number, "scalp"), **dict(layers))


def draw_picture(made, person):
    """All that one scan of ``person`` holds, on the grid of ``template_head(made["spacing"])``."""
    points = template_points(made, person, template_head(made["spacing"]).points)
    clean, mask, tissue = _tissues(made, person, points)
    scanned, restored = _scan(made, person, clean)
    return Picture(scanned, restored, mask, tissue, points[0] > 0)


def template_points(made, person, points):
    """Where ``points`` (3, x, y, z) of the person's head, in mm, lie in the template that it is a warp of."""
    return _regional(person, _shaped(made, person, points))


def log_jacobian(made, person):
    """|log Jacobian| of the person's regional warp, (x, y, z) float32 on the same grid."""
    determinant = jacobian_determinant(region_warp(person.effects["region"]))
    shaped = _shaped(made, person, template_head(made["spacing"]).points)
    return values_at(np.abs(np.log(determinant)), LATTICE, shaped, outside="nearest")


def _shaped(made, person, points):
    """``points`` in the template, but for the regional effect: pose and size undone, then the own anatomy."""
    posed = _posed(person, points)
    return posed + vectors_at(individual_warp(made["seed"], person.number, made["warp"]), LATTICE, posed)


def _posed(person, points):
    (a, b, c), scale = person.rotation, np.array(person.size) * (1 + person.effects["scale"])
    about_x = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
    about_y = np.array([[np.cos(b), 0, np.sin(b)], [0, 1, 0], [-np.sin(b), 0, np.cos(b)]])
    about_z = np.array([[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]])
    linear = np.linalg.inv(about_x @ about_y @ about_z @ np.diag(scale)).astype(np.float32)
    origin = np.array(ORIGIN, np.float32)[:, None, None, None]
    shift = np.array(person.shift, np.float32)[:, None, None, None]
    return np.einsum("ij,jxyz->ixyz", linear, points - origin - shift) + origin


def _regional(person, points):
    # The lattice's linear interpolation reaches one node beyond the region.
    near = region_radius(points) < 1.4
    points = points.copy()
    points[:, near] += vectors_at(region_warp(person.effects["region"]), LATTICE, points[:, near])
    return points


def _tissues(made, person, points):
    head = template_head(made["spacing"])
    layers = (("skull", person.skull), ("fat", person.fat), ("fat_intensity", person.fat_intensity))
    clean = values_at(_scalp(made["spacing"], made["seed"], person.number, layers), head.grid, points)
    brain = head.brain
    extent = values_at(brain.extent, brain.grid, points)
    near = extent > 0
    plain, grey, white = (
        values_at(part, brain.grid, points[:, near]) for part in (brain.plain, brain.grey, brain.white)
    )
    darkening = person.effects["region"] * REGION_DARKENING * region_weight(points[:, near])
    tissue_intensity = (1 - darkening) * (plain + TISSUE_SHARE * person.grey_intensity * grey)
    clean[near] += np.clip(1.6 * extent[near] - 0.3, 0, 1) * (tissue_intensity - clean[near])
    mask = extent > 0.5
    tissue = np.zeros(mask.shape, np.uint8)
    tissue[near] = 1 + np.argmax(np.stack([1 - grey - white, grey, white]), axis=0)
    return clean, mask, tissue * mask


def _scan(made, person, clean):
    grid = template_head(made["spacing"]).grid
    bias = smooth_noise(stream(made["seed"], person.number, "bias"), LATTICE.shape, BIAS_WIDTH / LATTICE.spacing)
    bias = np.exp(BIAS * resampled(bias, LATTICE, grid))
    noise = stream(made["seed"], person.number, "noise").standard_normal((2, *clean.shape), dtype=np.float32)
    scanned = person.gain * np.hypot(clean * bias + NOISE * noise[0], NOISE * noise[1])
    return scanned.astype(np.float32), (scanned / bias).astype(np.float32)
