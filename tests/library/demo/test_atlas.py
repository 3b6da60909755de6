import numpy as np
import pytest

from voxplain.demo.atlas import region_labels, region_names
from voxplain.demo.grid import Grid

GRID = Grid((-78.0, -112.0, -70.0), 4.0, (40, 48, 40))


@pytest.fixture(scope="module")
def labels():
    return region_labels(GRID.shape, GRID.affine)


def label_at(labels, point):
    return region_names()[int(labels[tuple(np.rint(GRID.indices(np.array(point, np.float32))).astype(int))])]


def test_every_name_has_voxels_and_every_voxel_a_name(labels):
    assert set(np.unique(labels)) == {0, *region_names()}


@pytest.mark.parametrize(
    "point, name",
    [
        ((-36, -4, 4), "left planted region"),
        ((36, -4, 4), "right planted region"),
        ((30, 48, 20), "right frontal"),
        ((-22, -88, 6), "left occipital"),
        ((-54, -30, -16), "left temporal"),
        ((30, -50, 52), "right parietal"),
        ((24, -64, -38), "right cerebellum and brainstem"),
        ((10, -18, 8), "right central"),
    ],
)
def test_known_places_carry_their_names(labels, point, name):
    assert label_at(labels, point) == name


def test_both_sides_are_of_one_size(labels):
    left, right = ((labels > 0) & (labels % 2 == odd) for odd in (1, 0))
    assert left.sum() == pytest.approx(right.sum(), rel=0.05)


def test_a_flipped_grid_gives_the_flipped_labels(labels):
    affine = GRID.affine
    affine[0, 3] += affine[0, 0] * (GRID.shape[0] - 1)
    affine[0, 0] *= -1
    np.testing.assert_array_equal(region_labels(GRID.shape, affine), labels[::-1])
