"""Registration of a stripped brain to the template: a linear part by ANTs, and the warp that the study asks for.

Importing the package sets one ITK thread and a seed, without which ANTs does not repeat itself.
"""

import gzip
from pathlib import Path

import ants
import nibabel
import numpy as np
from ants.internal import get_pointer_string

from voxplain.errors import InputError
from voxplain.volumes.carrying import LPS, Registration, apply, as_ants
from voxplain.volumes.greedy import Schedule, fitted_warp, inverted
from voxplain.volumes.grids import resampled
from voxplain.volumes.volume import Volume

SEED = 1
LINEAR = {"rigid": "Rigid", "similarity": "Similarity"}
QUICK = "antsRegistrationSyNQuick[s]"

# The linear part is settled on grids of 12, 6 and 3 mm, whatever the template's own: finer ones cost time and do not
# move it (known affines come back within 0.1 mm). 30,000 sampled points steady the mutual information at each level.
LEVELS = {12.0: 200, 6.0: 100, 3.0: 20}  # mm: most iterations
POINTS = 30_000
SYN_ITERATIONS = 100, 70, 50, 20
SYN_METRICS = {"syn": "MI[{pair},1,32]", "syn_cc": "CC[{pair},1,4]"}

# Tuned on made heads other than those that `benchmarks.registration` judges them by. Smoother steps fit smooth warps
# better still, and finer ones worse; windows of 5 voxels, most kinds of head.
COARSE = (8, 40), (4, 40), (2, 20)
GREEDY = {
    "fast": Schedule(levels=COARSE, radius=2, step=0.5, fluid=3.5, elastic=0.5),
    "accurate": Schedule(levels=(*COARSE, (1.5, 20)), radius=2, step=0.5, fluid=3.5, elastic=0.5),
}
TRANSFORMS = "none", *LINEAR, "affine", *GREEDY, "syn_quick", *SYN_METRICS


def register(moving, template, transform, prefix):
    """Bring ``moving``, a brain without skull, to the template's image; the files that do so start with ``prefix``.

    ``transform`` is none (the headers are believed), rigid, similarity or affine; or an affine and one of these warps:
    fast (`greedy`, down to 2 mm) and accurate (to 1.5 mm; on coarser templates the same), syn_quick (ANTs'
    antsRegistrationSyNQuick[s], its own affine included), syn and syn_cc (symmetric diffeomorphic, by mutual
    information or by cross-correlation in windows of 9 voxels, on the template's own grid). The same volumes give the
    same bytes. Raises InputError where ANTs gives up.

    Avants et al., Symmetric diffeomorphic image registration with cross-correlation, Medical Image Analysis 2008.
    """
    if transform == "none":
        return Registration((), ())
    moving, prefix = _without_spikes(moving), str(prefix)
    for path in _files(prefix):
        path.unlink(missing_ok=True)  # an affine after a warp would otherwise take that one for its own
    if transform == "syn_quick":
        return _quick(moving, template, prefix)
    registration = _by_ants(moving, template, transform, prefix)
    if transform in GREEDY:
        return _with_warp(registration, moving, template, GREEDY[transform], prefix)
    return registration


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


def warp_determinant(registration, reference=None):
    """Determinant of the forward warp's Jacobian, without the linear part; None without a warp.

    It lies on the warp's own grid, which may be coarser than the template's, or on that of the volume ``reference``.
    """
    warps = [path for path in registration.forward if not str(path).endswith(".mat")]
    if not warps:
        return None
    image = nibabel.load(warps[0])
    displacement = np.asarray(image.dataobj)[:, :, :, 0] @ LPS[:3, :3]
    slopes = np.stack(np.gradient(displacement, axis=(0, 1, 2)), axis=-1) @ np.linalg.inv(image.affine[:3, :3])
    determinant = np.linalg.det(np.eye(3) + slopes)
    if reference is None or reference.same_grid(Volume(determinant, image.affine)):
        return determinant
    return apply(Volume(determinant, image.affine), reference, ()).data


def _without_spikes(brain):
    """One hot vessel would otherwise take most bins of the joint histogram."""
    inside = brain.data[brain.data > 0]
    if not inside.size:
        raise InputError("nothing above zero inside the brain mask; look at the volume and its mask")
    return Volume(np.clip(brain.data, 0, np.percentile(inside, 99.9)), brain.affine)


def _by_ants(moving, template, transform, prefix):
    fixed, floating = as_ants(template.image), as_ants(moving)
    pair = f"{get_pointer_string(fixed)},{get_pointer_string(floating)}"
    stages = _linear_stage(pair, template.image, LINEAR.get(transform, "Affine"))
    if transform in SYN_METRICS:
        stages += _warp_stage(SYN_METRICS[transform].format(pair=pair))
    ended = ants.registration(
        ["--dimensionality", "3", "--float", "1", "--random-seed", str(SEED), "--write-composite-transform", "0"]
        + ["--initial-moving-transform", f"[{pair},1]", *stages, "--output", prefix],
        None,
    )
    return _left(prefix, ended)


def _quick(moving, template, prefix):
    try:
        ants.registration(as_ants(template.image), as_ants(moving), QUICK, outprefix=prefix, random_seed=SEED)
    except RuntimeError:
        return _left(prefix, 1)
    return _left(prefix, 0)


def _left(prefix, ended):
    """The registration whose files ANTs left under ``prefix``."""
    linear, warp, unwarp = _files(prefix)
    if ended or not linear.is_file():
        raise InputError("ANTs could not register it; look at the volume and its mask")
    return Registration((warp, linear), (linear, unwarp)) if warp.is_file() else Registration((linear,), (linear,))


def _files(prefix):
    return [Path(f"{prefix}{end}") for end in ("0GenericAffine.mat", "1Warp.nii.gz", "1InverseWarp.nii.gz")]


def _with_warp(registration, moving, template, schedule, prefix):
    def pair_at(spacing):
        fixed = resampled(template.image, spacing)
        return fixed, apply(moving, fixed, registration.forward)

    warp, affine = fitted_warp(pair_at, float(template.image.spacing.max()), schedule)
    _save_warp(f"{prefix}1Warp.nii.gz", warp, affine)
    _save_warp(f"{prefix}1InverseWarp.nii.gz", inverted(warp), affine)
    return _left(prefix, 0)


def _save_warp(path, warp, affine):
    """Write a displacement (x, y, z, 3) in voxels as ANTs does: LPS mm in five dimensions."""
    vectors = warp @ (LPS @ affine)[:3, :3].T
    image = nibabel.Nifti1Image(vectors[:, :, :, None].astype(np.float32), affine)
    image.header.set_intent("vector")
    image.header.set_xyzt_units("mm")
    Path(path).write_bytes(gzip.compress(image.to_bytes(), 1, mtime=0))


def _linear_stage(pair, fixed, kind):
    spacing = float(fixed.spacing.min())
    shrinks = {max(1, round(level / spacing)): iterations for level, iterations in LEVELS.items()}
    share = min(1.0, POINTS * min(shrinks) ** 3 / fixed.data.size)
    sigmas = [shrink * spacing / 2 if shrink * spacing > 4 else 0 for shrink in shrinks]
    return _stage(f"{kind}[0.25]", f"MI[{pair},1,32,Regular,{share:.4f}]", shrinks.values(), shrinks, sigmas, "1e-6,10")


def _warp_stage(metric):
    levels = range(len(SYN_ITERATIONS))[::-1]
    shrinks, sigmas = [2**level for level in levels], [float(level) for level in levels]
    return _stage("SyN[0.2,3,0]", metric, SYN_ITERATIONS, shrinks, sigmas, "1e-6,10", unit="vox")


def _stage(transform, metric, iterations, shrinks, sigmas, stop, unit="mm"):
    def joined(values):
        return "x".join(f"{value:g}" for value in values)

    return [
        *("--transform", transform, "--metric", metric, "--convergence", f"[{joined(iterations)},{stop}]"),
        *("--shrink-factors", joined(shrinks), "--smoothing-sigmas", joined(sigmas) + unit),
    ]
