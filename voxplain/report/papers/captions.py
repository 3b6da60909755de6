"""Captions of figures, made from the numbers that are drawn."""

import numpy as np

from voxplain.report.slices import CLEAR

ORIENTED = {
    False: "the left of the head lies on the left (neurological)",
    True: "the left of the head lies on the right (radiological)",
}
SHOWS = {
    "mosaic": "on slices of the template, x, y and z in millimetres",
    "glass_brain": "seen through the head: of all values along a line of sight, the one with the largest magnitude",
    "surface": "on the inflated cortex of fsaverage5, the mean between white matter and pia at each place",
}
BY_NILEARN = (
    "Only what lies in the cortex is seen. fsaverage5 lies in a space near to that of MNI's templates, not the same: "
    "places are a few millimetres uncertain"
)
NOT_MNI = "The template is not one of MNI's; this figure holds only if it lies in their space"
MADE = "MADE DATA: the heads were made by a computer, and what differs between their classes was planted"


def map_caption(kind, what, values, affine, look, unit, *, radiological=False, of_mni=True, made=False, also=()):
    """What a picture of the map ``values`` (x, y, z) shows, of whom, in which colours, and which side is which.

    kind: a name of SHOWS; what: whose map it is, in words; look: its colours; unit: of its values; also: more to say.
    """
    place = np.unravel_index(np.abs(values).argmax(), values.shape)
    millimetres = affine[:3, :3] @ place + affine[:3, 3]
    said = [
        f"{what}, {SHOWS[kind]}",
        f"Colours: {unit}, from {look.ends[0]:.2g} to {look.ends[1]:.2g}{_limits(look)}; values below "
        f"{100 * CLEAR:.0f} % of the limit are left clear",
        f"Values from {values.min():.3g} to {values.max():.3g}, strongest at {side_of(millimetres)}",
        *also,
    ]
    if kind == "surface":
        said.append(BY_NILEARN)
    else:
        said.append(f"L and R mark left and right; {ORIENTED[bool(radiological)]}")
    if kind != "mosaic" and not of_mni:
        said.append(NOT_MNI)
    return joined([*said, MADE] if made else said)


def joined(sentences):
    """Sentences, with or without their full stops, as one paragraph."""
    return " ".join(f"{one.rstrip('.')}." for one in sentences if one)


def side_of(millimetres):
    """A place in words: x, y and z in millimetres, and its side."""
    x, y, z = millimetres
    side = "left" if x < -1 else "right" if x > 1 else "midline"
    return f"x {x:.0f}, y {y:.0f}, z {z:.0f} mm ({side})"


def _limits(look):
    return ", symmetric around zero" if look.signed else ""
