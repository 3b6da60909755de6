import numpy as np
import pytest

from voxplain.sanity.head_parts import HeadParts, border, face, neck
from voxplain.store import Volumes, write_store

SHAPE = (14, 20, 16)
AFFINE = np.array([[4.0, 0, 0, -26], [0, 5, 0, -50], [0, 0, 4, -40], [0, 0, 0, 1]])


@pytest.fixture
def brain():
    brain = np.zeros(SHAPE, bool)
    brain[3:11, 3:15, 5:13] = True
    return brain


def test_the_border_is_what_lies_so_near_to_the_outside_by_a_plain_loop(brain):
    brain[5, 7, 8] = False
    spacing, width = np.array([4.0, 5, 4]), 6.0
    away = np.argwhere(~brain) * spacing
    expected = np.zeros(SHAPE, bool)
    for place in np.argwhere(brain):
        expected[tuple(place)] = np.linalg.norm(away - place * spacing, axis=1).min() <= width
    found = border(brain, spacing, width)
    assert (found == expected).all() and found.any() and not found[7, 9, 9]


def test_a_brain_that_fills_the_grid_has_no_border():
    assert not border(np.ones(SHAPE), [3, 3, 3], 6).any()


def test_face_and_neck_lie_outside_the_brain_in_front_and_below_and_share_no_voxel(brain):
    in_face, in_neck = face(brain, AFFINE), neck(brain, AFFINE)
    assert not (in_face & in_neck).any() and not ((in_face | in_neck) & brain).any()
    y, z = np.indices(SHAPE)[1:]
    # the brain's box is from voxel 3 to 14 and from 5 to 12: 70 % of the first is 10.7, 35 % of the second 7.45
    assert (in_face == (~brain & (y > 10.7) & (z < 7.45))).all()
    assert (in_neck == (~brain & (z < 5.7) & ~in_face)).all()


def test_the_same_head_stored_with_its_axes_reversed_has_the_same_face(brain):
    turned = AFFINE.copy()
    turned[:, 1] *= -1
    turned[:3, 3] += AFFINE[:3, 1] * (SHAPE[1] - 1)
    assert (face(brain[:, ::-1], turned) == face(brain, AFFINE)[:, ::-1]).all()


def packed(path, brains, affine=AFFINE, own=False):
    rows = [(f"sub-{one}", f"sub-{one}", np.ones(SHAPE), brain) for one, brain in enumerate(brains)]
    rows = [(*row, affine * np.diag([1, 1, 1, 1])) if own else row for row in rows]
    write_store(path, rows, None if own else affine, "own" if own else "mni152", {})
    return Volumes(path)


def test_parts_of_a_head_are_of_what_the_network_sees(brain, tmp_path):
    seen = np.zeros(SHAPE, bool)
    seen[:, :, :14] = True
    parts = HeadParts(packed(tmp_path / "a.h5", [brain, np.roll(brain, 1, 0), brain]), seen, 6, masked=False)
    found = parts.of(1)
    assert set(found) == {"outside", "border", "face", "neck"}
    own = np.roll(brain, 1, 0)
    assert (found["outside"][0] == ~own).all() and (found["outside"][1] == seen).all()
    assert (found["border"][0] == border(brain, [4, 5, 4], 6)).all(), "that of the mean brain"
    assert (found["border"][1] == (own & seen)).all() and (parts.whole(1) == seen).all()
    assert (found["face"][0] == (face(brain, AFFINE) & ~own)).all()


def test_where_only_the_brain_is_shown_there_is_its_border_alone(brain, tmp_path):
    parts = HeadParts(packed(tmp_path / "a.h5", [brain]), np.ones(SHAPE, bool), 6, masked=True)
    assert set(parts.of(0)) == {"border"} and (parts.whole(0) == brain).all()


def test_scans_in_spaces_of_their_own_have_no_face_and_neck_and_a_border_each(brain, tmp_path):
    smaller = np.zeros(SHAPE, bool)
    smaller[5:9, 6:12, 7:12] = True
    parts = HeadParts(packed(tmp_path / "a.h5", [brain, smaller], own=True), np.ones(SHAPE, bool), 6, masked=False)
    assert set(parts.of(0)) == {"outside", "border"}
    for _ in range(2):
        assert (parts.of(1)["border"][0] == border(smaller, [4, 5, 4], 6)).all()
        assert (parts.of(0)["border"][0] == border(brain, [4, 5, 4], 6)).all()
