"""What a registration did to a head: turned it, sheared it, stretched and folded it."""

import numpy as np


def rotation(matrix):
    """Angle in degrees, 0 to 180, by which the 4 x 4 ``matrix`` turns.

    Of the rotation that is nearest to it (its polar factor), so that scaling and shear do not count.
    """
    left, _, right = np.linalg.svd(matrix[:3, :3])
    turn = left @ np.diag([1, 1, np.linalg.det(left @ right)]) @ right
    return float(np.degrees(np.arccos(np.clip((np.trace(turn) - 1) / 2, -1, 1))))


def shift(matrix, centre):
    """How far, in mm, the 4 x 4 ``matrix`` carries the point ``centre`` (x, y, z)."""
    return float(np.linalg.norm(matrix[:3, :3] @ centre + matrix[:3, 3] - centre))


def shear(matrix):
    """Largest of the three shears of the 4 x 4 ``matrix``: the tangent of the angle that a right angle is off by.

    The matrix is a rotation times an upper triangle of scalings and shears, so that stretching a head along the
    template's axes and turning it afterwards count as none.
    """
    triangle = np.linalg.qr(matrix[:3, :3], mode="r")
    scalings = np.diag(triangle)
    if not scalings.all():
        return float("inf")
    return float(np.abs(np.triu(triangle / scalings[:, None], 1)).max())


def warp_measures(determinant, inside):
    """Range of a warp's Jacobian ``determinant`` (x, y, z) inside a mask, and the share of voxels that it folds.

    Keys: ``jacobian_min``, ``jacobian_max`` (1 where nothing changes, 2 where a voxel takes up twice its volume in the
    scan) and ``folded``, the share where the determinant is not positive.
    """
    values = determinant[np.asarray(inside) > 0.5]
    return {
        "jacobian_min": float(values.min()),
        "jacobian_max": float(values.max()),
        "folded": float((values <= 0).mean()),
    }
