"""Did registration and mask work? Measures of one prepared scan, and the gates after which it is left out."""

import math

import numpy as np
from scipy import ndimage

from voxplain.errors import InputError
from voxplain.volumes.grids import smoothed
from voxplain.volumes.measures.agreement import correlation, dice, mutual_information
from voxplain.volumes.measures.contrast import cjv, cnr, efc, snr, snr_dietrich
from voxplain.volumes.measures.masks import components, holes
from voxplain.volumes.measures.tissues import tissues
from voxplain.volumes.measures.transforms import rotation, shear, shift, warp_measures
from voxplain.volumes.volume import Volume

# Folds of one person are not those of an average: at 1 to 3 mm a well-registered real head correlates by .7 only. At
# 8 mm it reaches .87, made heads .9, and heads upside down, back to front or turned by 90 degrees stay below .54.
COMPARED_AT = 8.0  # mm
LEAST_CORRELATION = 0.8
DETERMINANT_LIMITS = 0.5, 2.0
BRAIN_LIMITS = 900, 2300  # ml
RIGID = 1e-5  # least change of volume that is one, and not the rounding of a rigid transform
LEAST_AGREEMENT = 0.9


def acquired(head, mask):
    """What is known of a scan before it is registered, as a dict of numbers; those that are undefined are not in it.

    ``head`` and its brain ``mask`` lie on the scan's own grid. Keys: ``mask_components`` and ``mask_holes``, ``efc``,
    and where tissues can be told apart ``cnr``, ``cjv``, ``snr`` (of white matter) and, where there is air to look at,
    ``snr_dietrich`` (of white matter too); `voxplain.volumes.measures.contrast` has their formulas.
    """
    found = {
        "mask_components": components(mask.data),
        "mask_holes": holes(mask.data),
        "efc": efc(head.data),
    }
    if told := tissues(head, mask):
        grey, white, air = told
        known = not math.isnan(air)
        found |= {"cnr": cnr(grey, white, air if known else 0), "cjv": cjv(grey, white), "snr": snr(white)}
        found |= {"snr_dietrich": snr_dietrich(white, air)} if known and air else {}
    return {name: value for name, value in found.items() if math.isfinite(value)}


def measures(head, mask, native_mask, template, matrix, warp_determinant=None):
    """What is known of a prepared scan, as a dict of numbers.

    ``head`` and ``mask`` lie on the template's grid, ``native_mask`` on the scan's own, ``matrix`` leads from template
    to native millimetres. Keys: ``brain_volume_ml`` (native), ``brain_volume_input_ml`` (as prepared), ``determinant``
    and its cube root ``scale`` (above 1 for a head larger than the template), ``rotation`` in degrees, ``shift`` of the
    brain's middle in mm and ``shear`` of the same matrix, and where its scale is free ``intracranial_volume_ml``, an
    estimate: the volume of the template's mask, CSF included, times the determinant; ``correlation`` of the stripped
    head with the template inside its brain, both at a resolution of 8 mm and, where the transform leaves sizes as they
    are, brought to one size first, or all small brains would look badly registered; ``nmi``, their normalised mutual
    information as they are, ``dice`` of the mask with the template's, and with a warp ``jacobian_min``,
    ``jacobian_max`` and ``folded``, the share of the brain where its Jacobian is not positive.

    A head whose data are mirrored, left for right, measures as well as one that is not: brain and template are
    symmetric but for less than people differ, and no measure sees it. Left and right are what the header says.

    Intracranial volume by the scale of an atlas: Buckner et al., NeuroImage 2004.
    """
    determinant = float(np.linalg.det(matrix[:3, :3]))
    inside = template.mask.data > 0.5
    brain = Volume(np.where(mask.data > 0.5, head.data, 0), head.affine)
    rigid = abs(determinant - 1) <= RIGID
    alike = _of_one_size(brain, mask, template.mask) if rigid else brain
    coarse, expected = (smoothed(volume, COMPARED_AT).data for volume in (alike, template.image))
    found = {
        "brain_volume_ml": float((native_mask.data > 0.5).sum()) * native_mask.voxel_ml,
        "brain_volume_input_ml": float((mask.data > 0.5).sum()) * mask.voxel_ml,
        "determinant": determinant,
        "scale": float(np.cbrt(determinant)),
        "rotation": rotation(matrix),
        "shift": shift(matrix, _middle(template.mask)),
        "shear": shear(matrix),
        "correlation": correlation(coarse, expected, inside),
        "nmi": mutual_information(brain.data, template.image.data, inside),
        "dice": dice(mask.data, template.mask.data),
    }
    if not rigid:
        found["intracranial_volume_ml"] = determinant * float(inside.sum()) * template.mask.voxel_ml
    if warp_determinant is not None:
        found |= warp_measures(warp_determinant, inside)
    return found


def _of_one_size(brain, mask, template_mask):
    """``brain`` scaled about the middle of its own ``mask`` until that holds as much as the template's."""
    here, expected = ((one.data > 0.5).sum() * one.voxel_ml for one in (mask, template_mask))
    if not here:
        return brain
    step, middle = np.cbrt(here / expected), np.argwhere(mask.data > 0.5).mean(axis=0)
    data = ndimage.affine_transform(brain.data, step * np.eye(3), middle * (1 - step), order=1)
    return Volume(data, brain.affine)


def _middle(mask):
    places = np.argwhere(mask.data > 0.5)
    middle = places.mean(axis=0) if len(places) else np.array(mask.data.shape) / 2
    return mask.affine[:3, :3] @ middle + mask.affine[:3, 3]


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
