import numpy as np

from voxplain.volumes.measures.masks import components, holes


def cube():
    mask = np.zeros((12, 12, 12))
    mask[2:9, 2:9, 2:9] = 1
    return mask


def test_a_whole_brain_is_one_piece_without_a_hole():
    assert components(cube()) == 1 and holes(cube()) == 0


def test_pieces_touch_by_faces():
    mask = cube()
    mask[9, 9, 9] = 1
    assert components(mask) == 2
    mask[9, 8, 8] = 1
    assert components(mask) == 2
    mask[9, 9, 8] = 1
    assert components(mask) == 1


def test_a_cavity_is_a_hole_and_a_dent_or_a_tunnel_is_none():
    mask = cube()
    mask[4, 4, 4] = mask[6, 6, 5:7] = 0
    assert holes(mask) == 2
    mask[4, 4, :] = 0
    assert holes(mask) == 1


def test_a_cavity_that_meets_the_outside_at_a_corner_is_no_hole():
    mask = cube()
    mask[2, 2, 2] = mask[3, 3, 3] = 0
    assert holes(mask) == 0


def test_masks_that_fill_the_grid_or_are_empty():
    full, empty = np.ones((4, 5, 6)), np.zeros((4, 5, 6))
    assert (components(full), holes(full)) == (1, 0)
    assert (components(empty), holes(empty)) == (0, 0)
    full[2, 2, 2] = 0
    assert holes(full) == 1
