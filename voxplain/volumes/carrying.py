"""Volumes, labels and points carried to the template's space and back through the files of one registration."""

import json
from dataclasses import dataclass
from pathlib import Path

import ants
import numpy as np
import pandas as pd

from voxplain.errors import InputError
from voxplain.volumes.grids import smoothed
from voxplain.volumes.volume import Volume

INTERPOLATIONS = {"linear": "linear", "nearest": "nearestNeighbor", "label": "genericLabel"}
LPS = np.diag([-1.0, -1.0, 1.0, 1.0])  # ITK's x and y point the other way


@dataclass(frozen=True)
class Registration:
    """Files of one registration: ``forward`` carries native to template, ``inverse`` back, in the order of ANTs.

    Each list is what `apply` takes; a ``.mat`` stands in both, and `apply` inverts it on the way back.
    """

    forward: tuple
    inverse: tuple


def kept_registration(status):
    """The registration of a prepared scan, whose status file, ``status``, lies beside its transforms.

    Raises InputError where the scan was left out.
    """
    found, folder = json.loads(Path(status).read_text()), Path(status).parent
    if not found["accepted"]:
        raise InputError(f"{found['scan']}: left out at {found['stage']}, so it has no transform; use another scan")
    return Registration(*(tuple(folder / name for name in found["files"][way]) for way in ("forward", "inverse")))


def to_template(volume, template, registration, interpolation="linear"):
    """``volume`` of native space on the grid of the volume ``template``; ``interpolation`` as in `apply`."""
    return apply(volume, template, registration.forward, interpolation)


def to_native(volume, native, registration, interpolation="linear"):
    """``volume`` of the template's space (a map, an atlas) on the grid of ``native``, any volume in native space."""
    return apply(volume, native, registration.inverse, interpolation, inverse=True)


def points_to_template(points, registration):
    """Where ``points`` (n, 3) of native space, RAS+ mm, come to lie in the template's."""
    return _moved(points, registration.inverse, inverse=True)


def points_to_native(points, registration):
    """Where ``points`` (n, 3) of the template's space, RAS+ mm, come to lie in native space."""
    return _moved(points, registration.forward, inverse=False)


def apply(volume, reference, transforms, interpolation="linear", inverse=False):
    """``volume`` on the grid of the volume ``reference``, through all ``transforms`` at once: one interpolation.

    ``transforms`` are the files ``forward`` of a registration, or ``inverse`` with ``inverse=True``. ``interpolation``
    is linear, nearest, or label (label volumes without blurring, smoother at edges than nearest). On a coarser grid a
    linearly interpolated volume is smoothed first, so that nothing aliases; outside of it everything is 0.
    """
    if interpolation == "linear":
        volume = smoothed(volume, reference.spacing)
    moved = ants.apply_transforms(
        as_ants(reference),
        as_ants(volume),
        [str(path) for path in transforms],
        interpolator=INTERPOLATIONS[interpolation],
        whichtoinvert=_inverted(transforms, inverse),
    )
    return Volume(moved.numpy().astype(np.float32), reference.affine)


def as_ants(volume):
    """The ANTs image of a volume."""
    placed = LPS @ volume.affine
    return ants.from_numpy(
        np.ascontiguousarray(volume.data, np.float32),
        origin=placed[:3, 3].tolist(),
        spacing=volume.spacing.tolist(),
        direction=placed[:3, :3] / volume.spacing,
    )


def _moved(points, transforms, inverse):
    points = np.asarray(points, np.float64)
    if not transforms or not len(points):
        return points
    table = pd.DataFrame(points @ LPS[:3, :3], columns=["x", "y", "z"])
    files = [str(path) for path in transforms]
    moved = ants.apply_transforms_to_points(3, table, files, whichtoinvert=_inverted(transforms, inverse))
    return moved[["x", "y", "z"]].to_numpy() @ LPS[:3, :3]


def _inverted(transforms, inverse):
    return [inverse and str(path).endswith(".mat") for path in transforms]
