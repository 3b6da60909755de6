"""Whether the slices of a DICOM series are one whole, regular volume, and where its voxels then lie."""

from dataclasses import dataclass

import numpy as np

from voxplain.errors import InputError

SPACING_TOLERANCE = 0.01  # of the usual step from slice to slice, and in mm, whichever is more
COSINE_TOLERANCE = 1e-3
SIDEWAYS_TOLERANCE = 0.1  # mm
THICKNESSES_APART = 1.5
RAS_OF_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])


@dataclass(frozen=True, eq=False)
class Grid:
    """Slices in the order of their positions; ``affine`` takes (column, row, slice) to RAS+ millimetres."""

    slices: list
    shape: tuple
    affine: np.ndarray


def series_grid(slices, name):
    """The Grid of ``slices``; ``name`` is what messages call the series.

    Raises InputError, in one line, unless they are of one patient, series, echo, orientation, size and thickness and
    lie one behind the other in equal steps, each place taken once and none empty.
    """
    _check_one_of_each(slices, name)
    _check_complete(slices, name)
    _check_alike(slices, name)
    return _regular(slices, name)


def _check_one_of_each(slices, name):
    kinds = {
        "patients": [{one.patient[part] for one in slices} for part in (0, 1)],
        "series": [{one.series for one in slices}],
        "echoes": [{one.echo for one in slices}],
    }
    for kind, sets in kinds.items():
        if (count := max(len(values) for values in sets)) > 1:
            raise InputError(f"{name}: {count} {kind} among its {len(slices)} slices; keep the files of one")


def _check_complete(slices, name):
    tags = {
        "size": "Rows and Columns",
        "spacing": "PixelSpacing",
        "orientation": "ImageOrientationPatient",
        "position": "ImagePositionPatient",
    }
    for field, tag in tags.items():
        without = sum(not _usable(field, getattr(one, field)) for one in slices)
        if without:
            raise InputError(f"{name}: no usable {tag} in {without} of {len(slices)} slices; export the series again")
    if any(one.samples != 1 for one in slices):
        raise InputError(f"{name}: pictures in colour; give the series as the scanner made it")


def _usable(field, values):
    return values is not None and (field not in ("size", "spacing") or min(values) > 0)


def _check_alike(slices, name):
    orientations = _distinct([one.orientation for one in slices], COSINE_TOLERANCE)
    if len(orientations) > 1:
        raise InputError(
            f"{name}: {len(orientations)} orientations among its {len(slices)} slices, as in a localiser; "
            "give a series of parallel slices"
        )
    row, column = np.array(orientations[0]).reshape(2, 3)
    products = np.array([row @ row - 1, column @ column - 1, row @ column])
    if np.abs(products).max() > 3 * COSINE_TOLERANCE:
        raise InputError(f"{name}: rows and columns of its slices are not at right angles; export the series again")
    for field, what in (("size", "sizes"), ("spacing", "pixel spacings")):
        found = _distinct([getattr(one, field) for one in slices], 1e-3)
        if len(found) > 1:
            values = ", ".join(f"{first:.5g} x {second:.5g}" for first, second in sorted(found)[:3])
            raise InputError(
                f"{name}: {len(found)} {what} among its {len(slices)} slices ({values}); keep those of one"
            )
    _check_thickness([one.thickness for one in slices if one.thickness is not None], name)


def _check_thickness(thicknesses, name):
    found = sorted(value for (value,) in _distinct([(value,) for value in thicknesses], SPACING_TOLERANCE))
    if len(found) > 1:
        raise InputError(f"{name}: slices of {found[0]:.3g} to {found[-1]:.3g} mm thickness; keep those of one")
    if found and found[0] <= 0:
        raise InputError(f"{name}: a slice thickness of {found[0]:.3g} mm; export the series again")


def _regular(slices, name):
    row, column = np.array(slices[0].orientation).reshape(2, 3)
    normal = np.cross(row, column)
    normal /= np.linalg.norm(normal)
    slices = sorted(slices, key=lambda one: float(np.array(one.position) @ normal))
    places = np.array([one.position for one in slices])
    along = places @ normal
    if len(slices) < 2:
        raise InputError(f"{name}: a single slice; give the whole series")
    step = _step(np.diff(along), slices[0].thickness, name)
    sideways = np.abs(places - places[0] - np.outer(along - along[0], normal)).max()
    if sideways > SIDEWAYS_TOLERANCE:
        raise InputError(f"{name}: its slices are shifted sideways by up to {sideways:.3g} mm; resample them first")
    affine = np.eye(4)
    affine[:3, 0], affine[:3, 1] = row * slices[0].spacing[1], column * slices[0].spacing[0]
    affine[:3, 2], affine[:3, 3] = normal * step, places[0]
    return Grid(slices, (*slices[0].size, len(slices)), RAS_OF_LPS @ affine)


def _step(gaps, thickness, name):
    total = len(gaps) + 1
    taken = int((gaps < SPACING_TOLERANCE).sum())
    if taken:
        raise InputError(f"{name}: {taken} of {total} slices lie where another one does; keep one of each")
    usual = float(np.median(gaps))
    tolerance = max(SPACING_TOLERANCE * usual, SPACING_TOLERANCE)
    steps = np.maximum(np.rint(gaps / usual), 1)
    if (np.abs(gaps - steps * usual) > tolerance * steps).any():
        apart = f"{gaps.min():.3g} to {gaps.max():.3g} mm"
        raise InputError(f"{name}: its {total} slices lie {apart} apart; give a series of equal steps")
    if (steps > 1).any():
        after = ", ".join(str(place + 1) for place in np.flatnonzero(steps > 1)[:5])
        missing = int(steps.sum()) - len(gaps)
        raise InputError(
            f"{name}: {missing} slice{'s' * (missing > 1)} missing, after slice {after} of {total} along the series; "
            "download it again"
        )
    if thickness is not None and usual > THICKNESSES_APART * thickness:
        raise InputError(
            f"{name}: slices of {thickness:.3g} mm lie {usual:.3g} mm apart, with gaps or every other one missing; "
            "download it again"
        )
    return float(gaps.mean())


def _distinct(values, tolerance):
    found = []
    for value in dict.fromkeys(values):
        if not any(np.abs(np.subtract(value, one)).max() <= tolerance for one in found):
            found.append(value)
    return found
