"""Made heads that something is wrong with, each a head and its brain mask on one grid."""

import numpy as np
from scipy.spatial.transform import Rotation

from tests.library.volumes.made_head import SPACING, known_affine, made_head
from voxplain.volumes.volume import Volume


def turned(degrees, axis):
    matrix = np.eye(4)
    matrix[:3, :3] = Rotation.from_euler(axis, degrees, degrees=True).as_matrix()
    return made_head(matrix @ known_affine(1))


def data_changed(change):
    return [Volume(np.ascontiguousarray(change(one.data)), one.affine) for one in made_head(known_affine(1))]


def header_changed(*factors, shift=(0, 0, 0)):
    far = np.eye(4)
    far[:3, 3] = shift
    return [Volume(one.data, far @ one.affine @ np.diag([*factors, 1])) for one in made_head(known_affine(1))]


def necked(mask_ends=None, down=26):
    """A head with a neck and shoulders; the mask goes on into the neck down to ``mask_ends`` mm, if that is given."""
    head, mask = made_head(known_affine(1))
    below = ((0, 0), (0, 0), (down, 0))
    affine = head.affine.copy()
    affine[2, 3] -= SPACING * down
    noise = np.random.default_rng(3).normal(0, 24, (2, *head.data.shape[:2], head.data.shape[2] + down))
    data, inside = np.hypot(*noise), np.pad(mask.data, below)
    data[:, :, down:] = head.data
    x, y, z = np.einsum("ij,jxyz->ixyz", affine[:3, :3], np.indices(data.shape)) + affine[:3, 3].reshape(3, 1, 1, 1)
    radius = np.hypot(x / 58, (y + 25) / 62)
    neck = (z < -60) & (radius < 1) & (inside == 0) & (data < 250)
    shoulders = (z < -150) & (abs(x) < 100) & (abs(y + 25) < 70)
    data = np.where(neck, np.where(radius < 0.85, 560, 750), np.where(shoulders, 600, data)) + noise[0] * (
        neck | shoulders
    )
    if mask_ends is not None:
        inside[(z < -60) & (z > mask_ends) & (radius < 0.8)] = 1
    return Volume(data.astype(np.float32), affine), Volume(inside.astype(np.float32), affine)


def ordinary(number):
    return made_head(known_affine(10 + number, turn=0.05), seed=number)


WRONG = {
    "upside down": lambda: data_changed(lambda data: data[:, :, ::-1]),
    "back to front": lambda: data_changed(lambda data: data[:, ::-1]),
    "axes swapped": lambda: data_changed(lambda data: data.transpose(0, 2, 1)),
    "header upside down": lambda: header_changed(1, 1, -1),
    "turned by 35 degrees": lambda: turned(35, "x"),
    "turned by 60 degrees": lambda: turned(60, "x"),
    "turned by 90 degrees": lambda: turned(90, "z"),
    "header says thicker slices": lambda: header_changed(1, 1, 1.25),
    "header says small voxels": lambda: header_changed(0.7, 0.7, 0.7),
    "header says elsewhere": lambda: header_changed(1, 1, 1, shift=(0, 300, 0)),
    "mask with neck": lambda: necked(mask_ends=-110),
}
