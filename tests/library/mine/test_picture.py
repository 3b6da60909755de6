import nibabel
import numpy as np
import torch

from voxplain.mine.explain_file import explain_file
from voxplain.mine.explanation import Explanation
from voxplain.mine.image import Image
from voxplain.mine.overlay import AGAINST, FOR, colour_limit, coloured, grey, laid_over
from voxplain.mine.picture import picture_of
from voxplain.mine.planes import cuts, planes

ABOUT = {"target": 1, "class": 1, "score": "log_odds", "explained": 2.0, "map_is_zero": False, "method": "gradient"}
ABOUT |= {"volume": {"file": "scan.nii.gz"}}


def explained(data, found, affine):
    header = nibabel.Nifti1Image(data, affine).header
    return Explanation(found, found[None], Image("scan.nii.gz", data[None], header), ABOUT)


def test_planes_show_left_on_the_left_front_on_the_right_and_up_above():
    affine = np.diag([-1.0, 1, 1, 1])  # the first axis runs to the left
    data, found = np.zeros((6, 7, 8), np.float32), np.zeros((6, 7, 8), np.float32)
    data[1:5, 1:6, 1:7] = 1
    found[1, 5, 6] = 3  # right, front, top
    sagittal, coronal, axial = planes(explained(data, found, affine))
    peaks = [next(one for one in row if one.map.any()) for row in (sagittal, coronal, axial)]
    assert [np.argwhere(one.map).tolist() for one in peaks] == [[[1, 5]], [[1, 4]], [[1, 4]]]
    assert [one.title for one in peaks] == ["x -1 mm", "y 5 mm", "z 6 mm"]
    assert [one.sides for one in peaks] == [False, True, True]


def test_planes_of_a_volume_that_no_form_places_are_numbered():
    data = np.random.default_rng(1).random((6, 7, 8)).astype(np.float32)
    rows = planes(explained(data, data, None))
    assert all(one.title.startswith("slice ") and not one.sides for row in rows for one in row)


def test_slices_are_as_long_as_their_voxels_are():
    data = np.random.default_rng(1).random((6, 7, 8)).astype(np.float32)
    rows = planes(explained(data, data, np.diag([1.0, 2, 4, 1])))
    assert [row[0].size for row in rows] == [(32, 14), (32, 6), (14, 6)]


def test_cuts_are_spread_over_the_head_and_one_goes_through_the_peak():
    image = np.zeros((60, 5, 5))
    image[10:51] = 1
    assert cuts(image, 0, 30) == [14, 22, 30, 38, 46]
    assert cuts(image, 0, 3) == [3, 22, 30, 38, 46]
    assert cuts(np.ones((4, 5, 5)), 0, 3) == [0, 1, 2, 3]


def test_colours_say_the_sign_and_the_strength_and_leave_what_is_faint_clear():
    limit = colour_limit(np.array([-4.0, 0, 0, 2]))
    assert 3.9 < limit <= 4
    np.testing.assert_array_equal(coloured(np.array([9.0, -9.0]), 4), [FOR[-1], AGAINST[-1]])
    under = grey(np.array([[0.0, 1.0, 3.0]]), 1, 3)
    assert under[0, :, 0].tolist() == [0, 0, 235]
    over = laid_over(under, np.array([[0.3, -4.0, 4.0]]), 4)
    assert over[0, 0].tolist() == [0, 0, 0]
    assert over[0, 1, 2] > over[0, 1, 0] and over[0, 2, 0] > over[0, 2, 2]
    assert colour_limit(np.zeros(3)) == 0
    assert laid_over(under, np.zeros((1, 3)), 0)[0, 2].tolist() == [235, 235, 235]


def test_the_strongest_voxel_of_the_map_is_warm_in_the_picture_and_its_mirror_cold(mine):
    data = np.zeros((20, 24, 22), np.float32)
    data[2:18, 2:22, 2:20] = 1
    found = np.zeros_like(data)
    found[12:15, 9:14, 9:13], found[5:8, 9:14, 9:13] = 2, -2
    pixels = np.asarray(picture_of(explained(data, found, np.diag([2.0, 2, 2, 1]))).convert("RGB")).astype(int)
    # without the colour bar
    pixels = pixels[:, :-96]
    warm, cold = (np.argwhere(pixels[..., one] - pixels[..., 2 - one] > 60) for one in (0, 2))
    assert len(warm) > 100 and len(cold) > 100
    axial = warm[warm[:, 0] > 0.7 * len(pixels)], cold[cold[:, 0] > 0.7 * len(pixels)]
    assert axial[0][:, 1].min() > axial[1][:, 1].min()


def test_a_picture_of_two_dimensions_stands_beside_its_map(mine):
    made = explain_file(mine.networks[2], "photo.png", "occlusion", size=6, stride=6)
    picture = picture_of(made)
    shown = np.asarray(picture)
    height, width = 480, round(23 * 480 / 18)
    assert picture.width > 2 * width
    left = shown[34 : 34 + height, 8 : 8 + width]
    expected = mine.photo[::17, ::22].astype(int) * 235 // 255
    found = left[13 :: 27 * 17, 13 :: 27 * 22][: len(expected), : expected.shape[1]].astype(int)
    assert np.abs(found - expected).mean() < 40


def test_a_map_of_zeros_and_one_of_a_single_voxel_are_drawn(mine):
    network = torch.nn.Sequential(torch.nn.Conv3d(1, 2, 3), torch.nn.AdaptiveAvgPool3d(1), torch.nn.Flatten())
    made = explain_file(network, "scan.nii.gz", "gradient")
    for found in (np.zeros_like(made.map), np.eye(1, made.map.size, 500, dtype=np.float32).reshape(made.map.shape)):
        assert picture_of(Explanation(found, found[None], made.image, made.about | {"map_is_zero": not found.any()}))
