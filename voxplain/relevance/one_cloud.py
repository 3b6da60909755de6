"""Points as they would lie if there were one cloud and no clusters, all else being as it was found.

Normal points of any covariance, less what their networks share, are U S V' with U drawn evenly from all orthonormal
columns that are at right angles to the networks, whatever S and V are (Langsrud 2005, rotation tests). So points with
another such U and the same S and V are as likely, and a test among them is exact for normal points, however many
regions and however few subjects there are.
"""

import numpy as np


def residuals(points, shares):
    """``points`` (subjects, columns) less what ``shares`` (subjects, networks) explain of them, and the rank of that.

    With one network a subject, each network's mean is taken away.
    """
    basis = _basis(shares)
    return points - basis @ (basis.T @ points), basis.shape[1]


def main_axes(points, kept=0.9, most=10):
    """``points`` (subjects, columns) about 0 along their principal axes: so many as hold ``kept`` of the variance."""
    left, sizes, _ = np.linalg.svd(points, full_matrices=False)
    held = np.cumsum(sizes**2) / max((sizes**2).sum(), np.finfo(float).tiny)
    number = min(most, int(np.searchsorted(held, kept - 1e-12)) + 1)
    return left[:, :number] * sizes[:number]


def rotated(points, shares, draw):
    """Points (subjects, axes) as likely as ``points``, from `main_axes` of `residuals`, if there were one cloud.

    ``draw`` is a numpy generator.
    """
    basis = _basis(shares)
    normal = draw.normal(size=points.shape)
    columns, upper = np.linalg.qr(normal - basis @ (basis.T @ normal))
    # the sign of the diagonal makes the columns evenly distributed
    return columns * np.sign(np.diag(upper)) * np.linalg.norm(points, axis=0)


def _basis(shares):
    left, sizes, _ = np.linalg.svd(np.asarray(shares, float), full_matrices=False)
    return left[:, sizes > 1e-9 * sizes.max(initial=0)]
