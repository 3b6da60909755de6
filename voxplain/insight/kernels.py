"""Kernels laid out as one image: those of three axes show as slices.

Every value of an image is a weight itself; nothing is scaled.
"""

import numpy as np

from voxplain.errors import InputError

# of (filters, inputs, *kernel)
SHOWN_AXES = 4, 5


def strongest(weights, number):
    """Places of the ``number`` filters of the largest norm (L2) in ``weights``, the largest first."""
    norms = np.sqrt(np.square(weights.reshape(len(weights), -1).astype(float)).sum(1))
    return np.argsort(-norms, kind="stable")[:number].tolist()


def kernel_sheet(weights, axis=2, filters=None):
    """An image of kernels, a row of slices for each filter and input, NaN between them.

    weights: ``(filters, inputs, x, y, z)``, or ``(filters, inputs, x, y)``, one slice each. ``axis`` of the kernel
    (0, 1, 2) is cut into slices, which lie from left to right; in each, the first remaining axis goes to the right and
    the second upwards, as brains are drawn. ``filters`` are places of those to show, all by default; a row of the
    image is one filter and, from top to bottom, its inputs. Values are the weights, so limits of colours must be
    symmetric about 0 to tell signs. Raises InputError for weights that are no kernels.
    """
    weights = np.asarray(weights)
    if weights.ndim not in SHOWN_AXES:
        raise InputError(f"weights of shape {weights.shape}: kernels have two or three axes; name a convolution")
    weights = weights[..., np.newaxis] if weights.ndim == 4 else weights
    if axis not in (0, 1, 2):
        raise InputError(f"axis is 0, 1 or 2, not {axis!r}")
    shown = weights if filters is None else weights[list(filters)]
    # (filters, inputs, slices, up, right), the second axis upwards
    slices = np.moveaxis(shown, 2 + axis, 2).swapaxes(3, 4)[..., ::-1, :]
    rows, _, count, high, wide = (len(shown) * shown.shape[1], *slices.shape[1:])
    sheet = np.full((rows * (high + 1) - 1, count * (wide + 1) - 1), np.nan, weights.dtype)
    for row, one in enumerate(slices.reshape(rows, count, high, wide)):
        for column, image in enumerate(one):
            top, left = row * (high + 1), column * (wide + 1)
            sheet[top : top + high, left : left + wide] = image
    return sheet
