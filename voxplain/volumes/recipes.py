"""The grids of the published systems: a head and its brain mask, made as each of them made its network's input.

All but ``icbm_193`` leave the scan where it lay: their volumes share a shape and no space, so every one keeps an affine
of its own, and the space is called `OWN`. The mask goes along the same path, by its nearest voxel.

Where they differ from what was published: scans are turned to RAS first, which was left to chance, or one that is
stored otherwise would come mirrored. The volumes of ``voxcnn_110`` came with 110 voxels an axis; others are put into a
cube of as many isotropic ones. Those of the age groups were standardised by their histograms before they were zoomed;
here that is fitted inside the fold (`voxplain.training.normalisation`), after it, on voxels of the brain.
"""

import numpy as np
from scipy import ndimage

from voxplain.errors import InputError
from voxplain.volumes.grids import in_ras, smoothed
from voxplain.volumes.registration import apply
from voxplain.volumes.space import ICBM_193, REGISTERED
from voxplain.volumes.volume import Volume

# ICBM 2009c nonlinear asymmetric, 1 mm: position (mm) of its first voxel
ICBM_ORIGIN = (-96.0, -132.0, -78.0)
MODE_BINS = 1000  # steps of a volume's range within which two voxels of a face count as equal


def made_by_recipe(recipe, head, mask, template, registration):
    """``head`` and the brain ``mask``, both on the scan's own grid, as the ``recipe`` makes them.

    That of ``icbm_193`` is the head on the 1 mm grid of ICBM 2009c, 0 outside the template's mask, and that mask.
    """
    if recipe not in REGISTERED:
        return own_volume(recipe, head, mask)
    grid, inside = icbm_grid(template)
    return Volume(apply(head, grid, registration.forward).data * inside.data, grid.affine), inside


def own_volume(recipe, head, mask):
    """``head`` and its brain ``mask`` as the ``recipe`` makes them, each with the affine of its new grid.

    Raises InputError where nothing of the brain is there to make them of.
    """
    steps, stripped, shape = OWN_RECIPES[recipe]
    head, mask = in_ras(head), in_ras(mask)
    if stripped:
        head = Volume(np.where(mask.data > 0.5, head.data, 0), head.affine)
    if not head.data.any():
        raise InputError("nothing above zero inside the brain mask; look at the volume and its mask")
    return steps(head, mask, shape)


def icbm_grid(template):
    """An empty volume on the 1 mm grid of ICBM 2009c, and the ``template``'s brain mask on it.

    Raises InputError where less than 99 % of the template's brain lies on it: the template is of another space.
    """
    affine = np.eye(4)
    affine[:3, 3] = ICBM_ORIGIN
    grid = Volume(np.zeros(ICBM_193, np.float32), affine)
    to_template = np.linalg.inv(template.mask.affine) @ affine
    mask = ndimage.affine_transform(template.mask.data, to_template, output_shape=ICBM_193, order=0)
    there, expected = mask.sum() * grid.voxel_ml, template.mask.data.sum() * template.mask.voxel_ml
    if there < 0.99 * expected:
        raise InputError(
            f"recipe icbm_193: its grid holds {there:.0f} of the {expected:.0f} ml of the template's brain; "
            "give a template in ICBM 152 space"
        )
    return grid, Volume((mask > 0.5).astype(np.float32), affine)


def resized(volume, shape, order=1):
    """The whole of ``volume`` on ``shape`` voxels, stretched if need be: what scikit-image 0.17's ``resize`` gives.

    Its defaults are order 1, mode reflect and, for anything but bool, anti-aliasing: a Gaussian of half the
    down-scaling factor less one, in voxels. ``order=0`` takes the nearest voxel without smoothing.
    """
    factors = np.array(volume.data.shape) / shape
    data = volume.data
    if order:
        data = ndimage.gaussian_filter(data, np.maximum(0, (factors - 1) / 2), mode="mirror")
    return _sampled(Volume(data, volume.affine), shape, factors, (factors - 1) / 2, order)


def cubed(volume, length, order=1):
    """``volume`` in the middle of a cube of ``length`` isotropic voxels as wide as its longest side, 0 around it.

    One that has this shape already comes back as it is. On coarser voxels a linearly sampled one is smoothed first.
    """
    if volume.data.shape == (length,) * 3:
        return volume
    extent = np.array(volume.data.shape) * volume.spacing
    step = extent.max() / length / volume.spacing
    start = (np.array(volume.data.shape) - 1) / 2 - step * (length - 1) / 2
    source = smoothed(volume, extent.max() / length) if order else volume
    return _sampled(source, (length,) * 3, step, start, order, mode="constant")


def bounds(volume):
    """The box (slices) without the planes of ``volume`` that hold nothing but zeros, on any side."""
    there = np.argwhere(volume.data != 0)
    return tuple(slice(int(low), int(high) + 1) for low, high in zip(there.min(0), there.max(0), strict=True))


def cropped(volume, box):
    """The part of ``volume`` inside ``box`` (slices)."""
    return _moved(Volume(volume.data[box], volume.affine), [part.start for part in box])


def zoomed(volume, zoom, order=3):
    """``volume`` with ``zoom`` times as many voxels an axis, first and last staying in place; cubic by default."""
    before = np.array(volume.data.shape)
    data = ndimage.zoom(volume.data, zoom, order=order)
    step = (before - 1) / np.maximum(np.array(data.shape) - 1, 1)
    return Volume(data, volume.affine @ np.diag([*step, 1]))


def fitted_cube(volume, length, faces=True):
    """``volume`` cut and padded about its middle to ``length`` voxels an axis.

    Padding repeats the commonest value of the face that it lies against; 0 for a mask (``faces=False``).
    """
    begin = [max(0, (n - length) // 2) for n in volume.data.shape]
    volume = cropped(volume, tuple(slice(one, one + length) for one in begin))
    missing = [length - n for n in volume.data.shape]
    sides = [(one // 2, one - one // 2) for one in missing]
    values = [
        [_commonest(volume.data.take(end, axis), volume.data) if faces else 0 for end in (0, -1)] for axis in range(3)
    ]
    data = np.pad(volume.data, sides, constant_values=values)
    return _moved(Volume(data, volume.affine), [-before for before, _ in sides])


def _resize_58(head, mask, shape):
    return resized(head, shape), resized(mask, shape, order=0)


def _cube_110(head, mask, shape):
    return cubed(head, shape[0]), cubed(mask, shape[0], order=0)


def _zoom_128(side):
    def steps(head, mask, shape):
        box = bounds(head)
        head, mask = cropped(head, box), cropped(mask, box)
        zoom = shape[0] / side(head.data.shape)
        return fitted_cube(zoomed(head, zoom), shape[0]), fitted_cube(zoomed(mask, zoom, 0), shape[0], faces=False)

    return steps


def _sampled(volume, shape, step, start, order, mode="mirror"):
    shape = tuple(shape)
    if np.allclose(step, 1) and np.allclose(start, 0) and shape == volume.data.shape:
        return volume
    data = ndimage.affine_transform(volume.data, np.diag(step), start, shape, order=order, mode=mode)
    scaled = np.diag([*step, 1.0])
    scaled[:3, 3] = start
    return Volume(data, volume.affine @ scaled)


def _moved(volume, first):
    affine = volume.affine.copy()
    affine[:3, 3] += affine[:3, :3] @ np.asarray(first, float)
    return Volume(np.ascontiguousarray(volume.data), affine)


def _commonest(face, volume):
    low, high = float(volume.min()), float(volume.max())
    counts, edges = np.histogram(face, MODE_BINS, (low, high) if high > low else (low, low + 1))
    most = counts.argmax()
    inside = face[(face >= edges[most]) & (face <= edges[most + 1])]
    return float(np.median(inside))


OWN_RECIPES = {  # its steps, whether they take the brain alone, its shape
    "mrinet_58": (_resize_58, True, (58, 70, 58)),
    "brain_58": (_resize_58, True, (58, 70, 58)),
    "head_58": (_resize_58, False, (58, 70, 58)),
    "voxcnn_110": (_cube_110, True, (110, 110, 110)),
    "hcp_age_128_crop": (_zoom_128(min), True, (128, 128, 128)),
    "hcp_age_128_pad": (_zoom_128(max), True, (128, 128, 128)),
}
WITH_SKULL = tuple(name for name, (_, stripped, _) in OWN_RECIPES.items() if not stripped)
