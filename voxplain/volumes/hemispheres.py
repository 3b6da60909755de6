"""Left and right in the names of regions: which side a name tells, which two names are a pair, and whether it is so."""

import re

import numpy as np

from voxplain.errors import InputError

# A word of its own, as published atlases write it: Left-Thalamus, ctx-lh-cuneus, wm_rh_cuneus, Precentral_L, SFG_R_7_1.
# Longer ones count more: Right-L-Sg is the right nucleus limitans.
_WORDS = ({"left": "left", "right": "right"}, {"left": "lh", "right": "rh"}, {"left": "l", "right": "r"})
_SIDES = [
    {side: re.compile(rf"(?<![a-z]){word}(?![a-z])", re.IGNORECASE) for side, word in words.items()} for words in _WORDS
]
CLOSE = 1.0  # mm between the centres of a pair that lies on no side


def side_of(name):
    """``left``, ``right``, or None for a name that tells neither or, as of a commissure, both."""
    return _told(name)[0]


def without_side(name):
    """``name`` without the word for its side: ``Precentral_L`` and ``Precentral_R`` are both ``Precentral``."""
    side, pattern = _told(name)
    return name if side is None else _tidied(pattern.sub("", name, count=1)) or name


def side_pairs(names):
    """``[(name without side, left index, right index)]`` of the regions ``names`` ({index: name}) that are pairs.

    A pair is one name of each side that is the same without it, case aside. Where several names of a side agree so far
    none is a pair: nothing says which belongs to which.
    """
    found = {}
    for index, name in sorted(names.items()):
        if side := side_of(name):
            found.setdefault(without_side(name).lower(), {"left": [], "right": []})[side].append(index)
    pairs = [(one["left"][0], one["right"][0]) for one in found.values() if _single(one)]
    return [(without_side(names[left]), left, right) for left, right in sorted(pairs)]


def check_sides(about, labels, affine, names):
    """Refuse an atlas whose names and coordinates disagree: InputError where what is called left lies on the right.

    ``labels`` (x, y, z) whole numbers, ``affine`` (4, 4) to RAS+ millimetres, ``names`` {index: name}. Pairs are
    compared with each other; where there are none, all of one side with all of the other. ``about`` begins the message.
    """
    centres = _centres(labels, affine)
    pairs = [(left, right) for _, left, right in side_pairs(names) if left in centres and right in centres]
    across = [(left, right) for left, right in pairs if centres[left] - centres[right] > CLOSE]
    if len(across) * 2 > len(pairs):
        left, right = across[0]
        raise InputError(
            f"{about}: regions called left lie on the right ({len(across)} of {len(pairs)} pairs: {names[left]} at x = "
            f"{centres[left]:.0f} mm, {names[right]} at {centres[right]:.0f} mm); restore its header"
        )
    if not pairs:
        _check_halves(about, centres, names)


def _check_halves(about, centres, names):
    of_side = [[centres[i] for i in centres if side_of(names.get(i, "")) == side] for side in ("left", "right")]
    left, right = (np.mean(own) if own else np.nan for own in of_side)
    if left - right > CLOSE:
        raise InputError(
            f"{about}: regions called left lie on the right ({left:.0f} mm, those called right at {right:.0f} mm); "
            "restore its header"
        )


def _told(name):
    """The side that ``name`` tells and the pattern of the word, or None twice."""
    for patterns in _SIDES:
        told = [(side, pattern) for side, pattern in patterns.items() if pattern.search(name)]
        if told:
            return told[0] if len(told) == 1 else (None, None)
    return None, None


def _centres(labels, affine):
    """Mean x in mm of the voxels of each label but 0."""
    labels, affine = np.asarray(labels), np.asarray(affine, float)
    found, codes, counts = np.unique(labels, return_inverse=True, return_counts=True)
    codes = codes.reshape(labels.shape)
    x = np.full(len(found), affine[0, 3])
    for axis, step in enumerate(affine[0, :3]):
        along = np.moveaxis(codes, axis, 0).reshape(labels.shape[axis], -1)
        sums = sum(place * np.bincount(plane, minlength=len(found)) for place, plane in enumerate(along))
        x += step * sums / counts
    return {int(index): float(centre) for index, centre in zip(found, x, strict=True) if index}


def _single(one):
    return len(one["left"]) == len(one["right"]) == 1


def _tidied(name):
    # the two separators that stood around the word become one, those at an end none
    name = re.sub(r"([\s_.,-])[\s_.,-]+", r"\1", name)
    return re.sub(r"\(\s*\)", "", name).strip(" _.,-")
