"""A small made head, its brain being the template's after a known affine, inside a skull and a scalp."""

import nibabel
import numpy as np
from scipy import ndimage
from scipy.spatial.transform import Rotation

from voxplain.volumes.template import load_template
from voxplain.volumes.volume import Volume

SPACING = 4.0


def small_template():
    return load_template({"image": "mni152", "mask": None, "spacing": SPACING})


def known_affine(seed, turn=0.1, stretch=0.05, shift=5.0):
    """A 4 x 4 matrix from template to native millimetres: rotation (radians), scaling and translation, all drawn."""
    generator, matrix = np.random.default_rng([7, seed]), np.eye(4)
    rotation = Rotation.from_euler("xyz", generator.normal(0, turn, 3)).as_matrix()
    matrix[:3, :3] = rotation @ np.diag(1 + generator.normal(0, stretch, 3))
    matrix[:3, 3] = generator.normal(0, shift, 3)
    return matrix


def made_head(matrix, seed=1, shape=(54, 66, 60)):
    """Head and brain mask in native space, LAS as HCP ships them, 4 mm voxels, noise of 3 %."""
    template = load_template({"image": "mni152", "mask": None, "spacing": 2.0})
    affine = np.diag([-SPACING, SPACING, SPACING, 1.0])
    affine[:3, 3] = [107.0, -146.0, -98.0]
    to_template = np.linalg.inv(template.image.affine) @ np.linalg.inv(matrix) @ affine
    brain, inside = (
        ndimage.affine_transform(ndimage.gaussian_filter(data, 0.85), to_template, output_shape=shape, order=1)
        for data in (template.image.data, template.mask.data)
    )
    mask = inside > 0.5
    away = ndimage.distance_transform_edt(~mask, sampling=SPACING)
    head = np.where(mask, brain, np.select([away < 4, away < 12, away < 20], [0.1, 0.04, 0.9], 0))
    noise = np.random.default_rng([8, seed]).normal(0, 0.03, (2, *shape))
    head = np.hypot(head + noise[0], noise[1]) * 800
    return Volume(head.astype(np.float32), affine), Volume(mask.astype(np.float32), affine)


def save_nifti(path, data, affine, *, code=1):
    """The NIfTI file as a scanner's software writes it, without any of our checks."""
    image = nibabel.Nifti1Image(data, affine)
    image.set_sform(affine, code)
    image.set_qform(None if code == 0 else affine, code)
    nibabel.save(image, path)
    return path
