"""Made 2 mm brains for benchmarks: the MNI152 brain of nilearn's wheel, dimmed and made noisy differently for each."""

from importlib.resources import files

import nibabel
import numpy as np
from scipy.ndimage import zoom

SHAPE = (91, 109, 91)
AFFINE = np.diag([2.0, 2.0, 2.0, 1.0])


def brains(count, seed=1):
    """Yield ``(volume, mask)`` of ``count`` stripped brains, (91, 109, 91): int16 as scanners store it, and uint8."""
    image = nibabel.load(files("nilearn.datasets.data") / "mni_icbm152_t1_tal_nlin_sym_09a_converted.nii.gz")
    template = np.asarray(image.dataobj, dtype=np.float32)[::2, ::2, ::2]
    start = [(have - want) // 2 for have, want in zip(template.shape, SHAPE, strict=True)]
    template = template[tuple(slice(begin, begin + want) for begin, want in zip(start, SHAPE, strict=True))]
    mask = template > 0
    for number in range(count):
        generator = np.random.default_rng([seed, number])
        bias = zoom(generator.normal(1, 0.1, (4, 4, 4)), np.divide(SHAPE, 4), order=1)
        volume = 4 * template * bias + generator.normal(0, 15, SHAPE)
        yield (np.clip(volume, 1, 32000) * mask).astype(np.int16), mask.astype(np.uint8)
