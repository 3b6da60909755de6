"""Registration of a stripped brain to the template with ANTs, and its application: one interpolation, either way.

Importing the package sets one ITK thread and a seed, without which ANTs does not repeat itself.
"""

from dataclasses import dataclass
from pathlib import Path

import ants
import nibabel
import numpy as np
from ants.internal import get_pointer_string

from voxplain.errors import InputError
from voxplain.volumes.grids import smoothed
from voxplain.volumes.volume import Volume

SEED = 1
TRANSFORMS = "none", "rigid", "affine", "syn"
INTERPOLATIONS = {"linear": "linear", "nearest": "nearestNeighbor", "label": "genericLabel"}
LPS = np.diag([-1.0, -1.0, 1.0, 1.0])  # ITK's x and y point the other way

# The linear part is settled on grids of 12, 6 and 3 mm, whatever the template's own: finer ones cost time and do not
# move it (known affines come back within 0.1 mm). 30,000 sampled points steady the mutual information at each level.
LEVELS = {12.0: 200, 6.0: 100, 3.0: 20}  # mm: most iterations
POINTS = 30_000
SYN_ITERATIONS = 100, 70, 50, 20


@dataclass(frozen=True)
class Registration:
    """Files of one registration: ``forward`` carries native to template, ``inverse`` back, in the order of ANTs.

    Each list is what `apply` takes; a ``.mat`` stands in both, and `apply` inverts it on the way back.
    """

    forward: tuple
    inverse: tuple


def register(moving, template, transform, prefix):
    """Bring ``moving``, a brain without skull, to the template's image; the files that do so start with ``prefix``.

    ``transform`` is none (the headers are believed), rigid, affine or syn (affine and a symmetric diffeomorphic warp).
    The same volumes give the same bytes. Raises InputError where ANTs gives up.

    Avants et al., Symmetric diffeomorphic image registration with cross-correlation, Medical Image Analysis 2008.
    """
    if transform == "none":
        return Registration((), ())
    fixed, floating = as_ants(template.image), as_ants(_without_spikes(moving))
    pair = f"{get_pointer_string(fixed)},{get_pointer_string(floating)}"
    stages = _linear_stage(pair, template.image, "Rigid" if transform == "rigid" else "Affine")
    if transform == "syn":
        stages += _warp_stage(pair)
    ended = ants.registration(
        ["--dimensionality", "3", "--float", "1", "--random-seed", str(SEED), "--write-composite-transform", "0"]
        + ["--initial-moving-transform", f"[{pair},1]", *stages, "--output", str(prefix)],
        None,
    )
    linear, warp, unwarp = (
        Path(f"{prefix}{end}") for end in ("0GenericAffine.mat", "1Warp.nii.gz", "1InverseWarp.nii.gz")
    )
    if ended or not linear.is_file():
        raise InputError("ANTs could not register it; look at the volume and its mask")
    return Registration((warp, linear), (linear, unwarp)) if warp.is_file() else Registration((linear,), (linear,))


def apply(volume, reference, transforms, interpolation="linear", inverse=False):
    """``volume`` on the grid of the volume ``reference``, through all ``transforms`` at once: one interpolation.

    ``transforms`` are the files ``forward`` of a registration, or ``inverse`` with ``inverse=True``. ``interpolation``
    is linear, nearest, or label (label volumes without blurring, smoother at edges than nearest). On a coarser grid a
    linearly interpolated volume is smoothed first, so that nothing aliases; outside of it everything is 0.
    """
    if interpolation == "linear":
        volume = smoothed(volume, reference.spacing)
    files = [str(path) for path in transforms]
    moved = ants.apply_transforms(
        as_ants(reference),
        as_ants(volume),
        files,
        interpolator=INTERPOLATIONS[interpolation],
        whichtoinvert=[inverse and file.endswith(".mat") for file in files],
    )
    return Volume(moved.numpy().astype(np.float32), reference.affine)


def linear_part(registration):
    """The 4 x 4 matrix from template to native RAS+ millimetres: of a large head its determinant is above 1."""
    matrix = np.eye(4)
    for path in registration.forward:
        if str(path).endswith(".mat"):
            transform = ants.read_transform(str(path))
            values, centre = np.asarray(transform.parameters), np.asarray(transform.fixed_parameters)
            matrix[:3, :3] = values[:9].reshape(3, 3)
            matrix[:3, 3] = values[9:] + centre - matrix[:3, :3] @ centre
    return LPS @ matrix @ LPS


def warp_determinant(registration):
    """Determinant of the forward warp's Jacobian on the template's grid, without the linear part; None without one."""
    warps = [path for path in registration.forward if not str(path).endswith(".mat")]
    if not warps:
        return None
    image = nibabel.load(warps[0])
    displacement = np.asarray(image.dataobj)[:, :, :, 0] @ LPS[:3, :3]
    slopes = np.stack(np.gradient(displacement, axis=(0, 1, 2)), axis=-1) @ np.linalg.inv(image.affine[:3, :3])
    return np.linalg.det(np.eye(3) + slopes)


def as_ants(volume):
    """The ANTs image of a volume."""
    placed = LPS @ volume.affine
    return ants.from_numpy(
        np.ascontiguousarray(volume.data, np.float32),
        origin=placed[:3, 3].tolist(),
        spacing=volume.spacing.tolist(),
        direction=placed[:3, :3] / volume.spacing,
    )


def _without_spikes(brain):
    """One hot vessel would otherwise take most bins of the joint histogram."""
    inside = brain.data[brain.data > 0]
    if not inside.size:
        raise InputError("nothing above zero inside the brain mask; look at the volume and its mask")
    return Volume(np.clip(brain.data, 0, np.percentile(inside, 99.9)), brain.affine)


def _linear_stage(pair, fixed, kind):
    spacing = float(fixed.spacing.min())
    shrinks = {max(1, round(level / spacing)): iterations for level, iterations in LEVELS.items()}
    share = min(1.0, POINTS * min(shrinks) ** 3 / fixed.data.size)
    sigmas = [shrink * spacing / 2 if shrink * spacing > 4 else 0 for shrink in shrinks]
    return _stage(f"{kind}[0.25]", f"MI[{pair},1,32,Regular,{share:.4f}]", shrinks.values(), shrinks, sigmas, "1e-6,10")


def _warp_stage(pair):
    levels = range(len(SYN_ITERATIONS))[::-1]
    shrinks, sigmas = [2**level for level in levels], [float(level) for level in levels]
    return _stage("SyN[0.2,3,0]", f"MI[{pair},1,32]", SYN_ITERATIONS, shrinks, sigmas, "1e-6,10", unit="vox")


def _stage(transform, metric, iterations, shrinks, sigmas, stop, unit="mm"):
    def joined(values):
        return "x".join(f"{value:g}" for value in values)

    return [
        *("--transform", transform, "--metric", metric, "--convergence", f"[{joined(iterations)},{stop}]"),
        *("--shrink-factors", joined(shrinks), "--smoothing-sigmas", joined(sigmas) + unit),
    ]
