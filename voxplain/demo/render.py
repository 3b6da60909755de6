"""A person's T1 volume, as scanned and as restored, and the anatomy in it that is known because it was made."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from voxplain.demo.effects import region_velocity
from voxplain.demo.grid import LATTICE, values_at, vectors_at
from voxplain.demo.paint import paint_head
from voxplain.demo.streams import smooth_noise, stream
from voxplain.demo.warps import exponential, individual_velocity, jacobian_determinant

ORIGIN = (0.0, -18.0, 10.0)
NOISE = 0.022
BIAS = 0.11
BIAS_WIDTH = 60.0


@dataclass(frozen=True)
class Picture:
    """Volumes (x, y, z) float32 on the head's grid: scanner's image, bias removed, brain mask, tissue (0 none, 1 CSF,
    2 grey, 3 white), side (True right of the midline), |log Jacobian| of the regional warp."""

    scanned: np.ndarray
    restored: np.ndarray
    mask: np.ndarray
    tissue: np.ndarray
    right: np.ndarray
    log_jacobian: np.ndarray


def individual_warp(made, person):
    """Displacement of one person's own anatomy on the lattice; the same for all of their twins."""
    return exponential(individual_velocity(stream(made["seed"], person.number, "warp"), made["warp"]))


@cache
def _region_velocity():
    return region_velocity()


def region_warp(person):
    """Displacement of the regional effect on the lattice."""
    return exponential(person.effects["region"] * _region_velocity())


def to_template(person, points):
    """Points of the scanner's space (mm) in the person's template pose: rotation, shift and size undone."""
    (a, b, c), scale = person.rotation, np.array(person.size) * (1 + person.effects["scale"])
    about_x = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
    about_y = np.array([[np.cos(b), 0, np.sin(b)], [0, 1, 0], [-np.sin(b), 0, np.cos(b)]])
    about_z = np.array([[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]])
    linear = np.linalg.inv(about_x @ about_y @ about_z @ np.diag(scale)).astype(np.float32)
    origin = np.array(ORIGIN, np.float32)[:, None, None, None]
    shift = np.array(person.shift, np.float32)[:, None, None, None]
    return np.einsum("ij,jxyz->ixyz", linear, points - origin - shift) + origin


def draw_picture(made, person, head, warp):
    """All that one scan of ``person`` holds, on ``head.grid``; ``warp`` comes from ``individual_warp``."""
    posed = to_template(person, head.points)
    shaped = posed + vectors_at(warp, LATTICE, posed)
    regional = region_warp(person)
    points = shaped + vectors_at(regional, LATTICE, shaped)
    clean, mask, tissue = _tissues(made, person, head, points)
    scanned, restored = _scan(made, person, head, clean)
    log_jacobian = np.abs(np.log(jacobian_determinant(regional)))
    return Picture(
        scanned, restored, mask, tissue, points[0] > 0, values_at(log_jacobian, LATTICE, shaped, outside="nearest")
    )


def _tissues(made, person, head, points):
    painted = paint_head(
        head,
        stream(made["seed"], person.number, "scalp"),
        skull=person.skull,
        fat=person.fat,
        fat_intensity=person.fat_intensity,
    )
    clean = values_at(painted, head.grid, points)
    brain = head.brain
    extent = values_at(brain.extent, brain.grid, points)
    near = extent > 0
    plain, grey, white = (
        values_at(part, brain.grid, points[:, near]) for part in (brain.plain, brain.grey, brain.white)
    )
    share = np.clip(1.6 * extent[near] - 0.3, 0, 1)
    clean[near] += share * (plain + person.grey_intensity * grey - clean[near])
    mask = extent > 0.5
    tissue = np.zeros(mask.shape, np.uint8)
    grey = grey / 0.45
    tissue[near] = 1 + np.argmax(np.stack([1 - grey - white, grey, white]), axis=0)
    return clean, mask, tissue * mask


def _scan(made, person, head, clean):
    bias = smooth_noise(stream(made["seed"], person.number, "bias"), LATTICE.shape, BIAS_WIDTH / LATTICE.spacing)
    bias = np.exp(BIAS * values_at(bias, LATTICE, head.points, outside="nearest"))
    noise = stream(made["seed"], person.number, "noise").standard_normal((2, *clean.shape), dtype=np.float32)
    scanned = person.gain * np.hypot(clean * bias + NOISE * noise[0], NOISE * noise[1])
    return scanned.astype(np.float32), (scanned / bias).astype(np.float32)
