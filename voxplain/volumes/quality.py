"""Did registration and mask work? Measures of one prepared scan, and the gates after which it is left out."""

import numpy as np

from voxplain.errors import InputError
from voxplain.volumes.grids import smoothed
from voxplain.volumes.volume import Volume

# Folds of one person are not those of an average: at 1 to 3 mm a well-registered real head correlates by .7 only. At
# 8 mm it reaches .87, made heads .9, and heads upside down, back to front or turned by 90 degrees stay below .54.
COMPARED_AT = 8.0  # mm
LEAST_CORRELATION = 0.8
DETERMINANT_LIMITS = 0.5, 2.0
BRAIN_LIMITS = 900, 2300  # ml
LEAST_AGREEMENT = 0.9


def dice(one, other):
    """Dice coefficient of two masks: 1 where they agree, 0 where they do not touch or both are empty."""
    one, other = np.asarray(one) > 0.5, np.asarray(other) > 0.5
    together = one.sum() + other.sum()
    return float(2 * (one & other).sum() / together) if together else 0.0


def correlation(one, other, inside):
    """Pearson's r between two volumes over the voxels of the mask ``inside``; 0 where one of them is constant."""
    one, other = (np.asarray(data, np.float64)[np.asarray(inside) > 0.5] for data in (one, other))
    if one.std() == 0 or other.std() == 0:
        return 0.0
    return float(np.corrcoef(one, other)[0, 1])


def measures(head, mask, native_mask, template, matrix, warp_determinant=None):
    """What is known of a prepared scan, as a dict of numbers.

    ``head`` and ``mask`` lie on the template's grid, ``native_mask`` on the scan's own, ``matrix`` leads from template
    to native millimetres. Keys: ``brain_volume_ml`` (native), ``brain_volume_input_ml`` (as prepared), ``determinant``
    and its cube root ``scale`` (above 1 for a head larger than the template), ``correlation`` of the stripped head
    with the template inside its brain, both at a resolution of 8 mm, ``dice`` of the mask with the template's, and
    with a warp ``folded``, the share of the brain where its Jacobian is not positive.
    """
    determinant = float(np.linalg.det(matrix[:3, :3]))
    inside = template.mask.data > 0.5
    brain = Volume(np.where(mask.data > 0.5, head.data, 0), head.affine)
    coarse, expected = (smoothed(volume, COMPARED_AT).data for volume in (brain, template.image))
    found = {
        "brain_volume_ml": float((native_mask.data > 0.5).sum()) * native_mask.voxel_ml,
        "brain_volume_input_ml": float((mask.data > 0.5).sum()) * mask.voxel_ml,
        "determinant": determinant,
        "scale": float(np.cbrt(determinant)),
        "correlation": correlation(coarse, expected, inside),
        "dice": dice(mask.data, template.mask.data),
    }
    if warp_determinant is not None:
        found["folded"] = float((warp_determinant[inside] <= 0).mean())
    return found


def check(found):
    """Raise InputError, in one line, where the ``measures`` say that the registration cannot be right."""
    low, high = DETERMINANT_LIMITS
    if not low <= found["determinant"] <= high:
        raise InputError(
            f"the registration scales the brain's volume by {found['determinant']:.2f}, outside {low:g} to {high:g}; "
            "look at the volume, its mask and its header"
        )
    if not found["correlation"] >= LEAST_CORRELATION:
        raise InputError(
            f"correlation with the template inside the brain is {found['correlation']:.2f}, below "
            f"{LEAST_CORRELATION:g}; look at the volume, its mask and its header"
        )


def review(volume_ml, agreement):
    """Why a mask that was made, not given, deserves a look; an empty string where it does not."""
    low, high = BRAIN_LIMITS
    if not low <= volume_ml <= high:
        return f"brain of {volume_ml:.0f} ml, outside {low} to {high}"
    return f"Dice of two masks is {agreement:.2f}, below {LEAST_AGREEMENT:g}" if agreement < LEAST_AGREEMENT else ""
