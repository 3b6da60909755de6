"""Brain size that no longer tells two classes apart: each training scan scaled towards the other class's sizes.

The sizes of one class are carried onto those of the other by monotone optimal transport in one dimension (Peyre and
Cuturi 2019, section 2.6), by POT. A scan of volume v that is carried to T(v) has the linear factor (T(v) / v) ** (1/3);
in training it is scaled by that factor to the power of a strength drawn from U(0, 1), each time anew. Carried whole,
both classes would change places, and size would tell them apart as well as before.
"""

import numpy as np
import torch

from voxplain.training.streams import stream

STRENGTH = 4  # the stream of the strength; `changes` has those before it


def brain_volumes(volumes):
    """The brain volume of each of ``volumes`` in ml, float64 (n,), by its mask in the space of this input."""
    affines = volumes.affines if volumes.affines is not None else [volumes.affine] * len(volumes)
    voxels = np.array([float(volumes.mask(place).sum()) for place in range(len(volumes))])
    return voxels * np.abs([np.linalg.det(np.asarray(affine)[:3, :3]) for affine in affines]) / 1000


def transported(sizes, others):
    """Where the monotone transport of the distribution of ``sizes`` onto that of ``others`` carries each size, (n,).

    Where their numbers differ a size is split over several others, and is carried to their mean.
    """
    from ot import emd_1d

    sizes, others = np.asarray(sizes, float), np.asarray(others, float)
    plan = emd_1d(sizes, others, metric="sqeuclidean")
    carried = plan @ others * len(sizes)
    # equal sizes are the same size, whichever of them the plan takes first
    _, place = np.unique(sizes, return_inverse=True)
    return (np.bincount(place, carried) / np.bincount(place))[place]


def scaling_factors(sizes, labels):
    """The linear factor (n,) that carries each scan whole to the other class; ``labels`` are 0 and 1."""
    sizes, labels = np.asarray(sizes, float), np.asarray(labels)
    factors = np.ones(len(sizes))
    for own in (0, 1):
        of_class = labels == own
        carried = transported(sizes[of_class], sizes[~of_class])
        factors[of_class] = np.cbrt(carried / sizes[of_class])
    return factors


def drawn_factor(factor, seed):
    """``factor`` to the power of a strength drawn from U(0, 1) by ``seed``."""
    generator = torch.Generator().manual_seed(stream(seed, STRENGTH))
    return factor ** torch.rand((), generator=generator, dtype=torch.float64).item()
