"""Group averages as files: an image for each in the space of the maps, and all of them in one npz."""

import numpy as np

from voxplain.runtime import written_whole
from voxplain.volumes.volume import Volume, save_volume

# Scale and measure of an image by the end of its name
IMAGES = {
    "mean": ("raw", "mean"),
    "sd": ("raw", "sd"),
    "median": ("raw", "median"),
    "desc-scaled_mean": ("scaled", "mean"),
    "desc-scaled_sd": ("scaled", "sd"),
    "desc-scaled_median": ("scaled", "median"),
    "top": ("scaled", "top"),
}


def image_names(group):
    """Names of the images of a group, in their order."""
    return [f"group-{group}_{image}.nii.gz" for image in IMAGES]


def save_images(folder, group, average, affine):
    """Leave the images of ``average``, see `image_names`, in ``folder``; each lies where ``affine`` says."""
    for name, one in zip(image_names(group), IMAGES.values(), strict=True):
        save_volume(folder / name, Volume(average.of[one], affine))


def save_together(path, averages, affine):
    """Write ``{group: Average}`` to one npz: ``affine`` and an array (x, y, z) float32 for each, ``<group>_<image>``."""
    arrays = {
        f"{group}_{image}": average.of[one] for group, average in averages.items() for image, one in IMAGES.items()
    }
    with written_whole(path) as part:
        np.savez_compressed(part, affine=np.asarray(affine, float), **arrays)
