"""Group averages as files: an image for each in the space of the maps, and all of them in one npz."""

import io
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import numpy as np

from voxplain.relevance.image_names import IMAGES, image_names
from voxplain.runtime import written_whole
from voxplain.volumes.volume import Volume, save_volume


def save_images(folder, group, average, affine):
    """Leave the images of ``average``, see `image_names`, in ``folder``; they lie where ``affine`` says."""
    for name, one in zip(image_names(group), IMAGES.values(), strict=True):
        save_volume(folder / name, Volume(average.of[one], affine))


def save_together(path, averages, affine):
    """Write ``{group: Average}`` to one npz: ``affine`` and an array (x, y, z) for each ``<group>_<image>``."""
    arrays = {
        f"{group}_{image}": average.of[one] for group, average in averages.items() for image, one in IMAGES.items()
    }
    arrays = {"affine": np.asarray(affine, float)} | arrays
    # as np.savez_compressed, but by the quickest level, as the images are
    with written_whole(path) as part, ZipFile(part, "w") as file:
        for name, values in arrays.items():
            member = io.BytesIO()
            np.lib.format.write_array(member, values, allow_pickle=False)
            file.writestr(ZipInfo(f"{name}.npy"), member.getbuffer(), ZIP_DEFLATED, 1)
