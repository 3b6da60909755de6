"""The warp by FireANTs, which users install themselves and which uses a GPU; its files are those of ANTs.

Jena, Chaudhari and Gee, FireANTs: adaptive Riemannian optimization for multi-scale diffeomorphic matching, 2024.
"""

import contextlib
import sys
from pathlib import Path

import nibabel
import numpy as np

from voxplain.errors import InputError
from voxplain.volumes.registration import Registration, apply, register
from voxplain.volumes.volume import save_volume

SEED = 1
SCHEDULE = {"scales": [4, 2, 1], "iterations": [200, 100, 50]}
RADIUS = 5  # voxels, of the local cross-correlation


def register_by_fireants(moving, template, prefix, device):
    """Bring ``moving``, a brain without skull, to the template's image: ANTs' affine, then a warp by FireANTs.

    The files that do so start with ``prefix`` and are laid out as those of `register`. ``device`` is cpu, gpu or auto;
    on a GPU two runs need not give the same bytes. Raises InputError where nothing finite comes of it.
    """
    (linear,) = register(moving, template, "affine", prefix).forward
    fixed, floating, warp, unwarp = (
        Path(f"{prefix}{name}.nii.gz") for name in ("fixed", "floating", "1Warp", "1InverseWarp")
    )
    save_volume(fixed, template.image)
    save_volume(floating, apply(moving, template.image, (linear,)))
    # What it prints on the standard output is not what this process is asked to print
    with contextlib.redirect_stdout(sys.stderr):
        _warp(fixed, floating, warp, unwarp, device)
    for file in (fixed, floating):
        file.unlink()
    if not all(one.is_file() and np.isfinite(nibabel.load(one).dataobj).all() for one in (warp, unwarp)):
        raise InputError("FireANTs could not register it; look at the volume and its mask")
    return Registration((warp, linear), (linear, unwarp))


def _warp(fixed, floating, warp, unwarp, device):
    import torch
    from fireants.io.image import BatchedImages, Image
    from fireants.registration.greedy import GreedyRegistration

    torch.manual_seed(SEED)
    where = "cuda" if device != "cpu" and torch.cuda.is_available() else "cpu"
    pair = (BatchedImages([Image.load_file(str(path), device=where)]) for path in (fixed, floating))
    both = dict(zip(("fixed_images", "moving_images"), pair, strict=True))
    greedy = GreedyRegistration(**SCHEDULE, **both, loss_type="cc", cc_kernel_size=RADIUS, progress_bar=False)
    greedy.optimize()
    greedy.save_as_ants_transforms(str(warp))
    greedy.save_as_ants_transforms(str(unwarp), save_inverse=True)
