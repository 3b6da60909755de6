import numpy as np
import pytest

from tests.library.volumes.made_head import known_affine, made_head
from voxplain.errors import InputError
from voxplain.volumes.defacing import without_face
from voxplain.volumes.volume import Volume


@pytest.fixture(scope="module")
def head():
    return made_head(known_affine(1, turn=0.0, shift=0.0))


def turned(volume, axes, flips):
    """The same volume with its axes in another order and some of them backwards."""
    data, affine = np.transpose(volume.data, axes), volume.affine[:, [*axes, 3]].copy()
    for axis in flips:
        data = np.flip(data, axis)
        affine[:3, 3] += affine[:3, axis] * (data.shape[axis] - 1)
        affine[:3, axis] *= -1
    return Volume(np.ascontiguousarray(data), affine)


def millimetres(face, affine):
    return np.argwhere(face) @ affine[:3, :3].T + affine[:3, 3]


def test_the_face_is_gone_and_the_brain_is_untouched(head):
    volume, mask = head[0], head[1]
    data, face = without_face(volume, mask)
    brain = mask.data > 0.5
    np.testing.assert_array_equal(data[brain], volume.data[brain])
    assert face.any() and (data[face] == 0).all()
    np.testing.assert_array_equal(data[~face], volume.data[~face])
    # before the brain's middle and, on the whole, below it: a face, neither a neck nor a crown
    middle = millimetres(brain, volume.affine).mean(0)
    where = millimetres(face, volume.affine)
    assert (where[:, 1] > middle[1]).mean() > 0.9
    assert where[:, 2].mean() < middle[2]


def test_a_greater_distance_takes_less(head):
    near, far = (without_face(head[0], head[1], distance)[1] for distance in (5, 20))
    assert far.sum() < near.sum() and not (far & ~near).any()


@pytest.mark.parametrize(("axes", "flips"), [((0, 1, 2), (0, 1)), ((2, 0, 1), ()), ((1, 2, 0), (0, 2))])
def test_the_same_face_is_found_however_the_axes_lie(head, axes, flips):
    _, face = without_face(head[0], head[1])
    volume, mask = (turned(one, axes, flips) for one in head[:2])
    _, found = without_face(volume, mask)
    asked = turned(Volume(face.astype(np.float32), head[0].affine), axes, flips)
    np.testing.assert_array_equal(found, asked.data > 0)


def test_without_a_brain_no_face_is_guessed(head):
    empty = Volume(np.zeros_like(head[1].data), head[1].affine)
    with pytest.raises(InputError, match="there is no brain mask on the volume's grid"):
        without_face(head[0], empty)
