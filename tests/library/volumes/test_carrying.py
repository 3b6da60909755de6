import json

import numpy as np
import pytest
from scipy import ndimage

from tests.library.volumes.made_head import known_affine, made_head
from voxplain.errors import InputError
from voxplain.volumes.carrying import (
    Registration,
    apply,
    kept_registration,
    points_to_native,
    points_to_template,
    to_native,
    to_template,
)
from voxplain.volumes.quality import dice
from voxplain.volumes.registration import register, warp_determinant
from voxplain.volumes.volume import Volume

# on one worker, so that what all these tests look at is made once
pytestmark = pytest.mark.xdist_group("carrying")


@pytest.fixture(scope="module")
def bent():
    """A head that an affine alone cannot bring to the template, and its brain mask."""
    head, mask = made_head(known_affine(4), 4)
    places = np.indices(head.data.shape) + 1.5 * np.sin(np.indices(head.data.shape) / 6)[::-1]
    return tuple(Volume(ndimage.map_coordinates(one.data, places, order=1), one.affine) for one in (head, mask))


@pytest.fixture(scope="module")
def warped(bent, template, tmp_path_factory):
    brain = Volume(bent[0].data * (bent[1].data > 0.5), bent[0].affine)
    return register(brain, template, "fast", tmp_path_factory.mktemp("fast") / "f_")


def brain_points(template):
    indices = np.argwhere(template.mask.data > 0)[::7]
    return indices @ template.mask.affine[:3, :3].T + template.mask.affine[:3, 3]


def test_points_come_back_within_a_tenth_of_a_millimetre(warped, template):
    points = brain_points(template)
    native = points_to_native(points, warped)
    assert np.linalg.norm(native - points, axis=1).mean() > 2
    missed = np.linalg.norm(points_to_template(native, warped) - points, axis=1)
    assert np.median(missed) < 0.1 and missed.max() < 0.8


def test_points_and_volumes_go_the_same_way(warped, template, bent):
    across = Volume(np.indices(template.image.data.shape)[1].astype(np.float32), template.image.affine)
    there = to_native(across, bent[0], warped).data
    inside = np.argwhere(ndimage.binary_erosion(bent[1].data > 0.5, iterations=2))[::50]
    points = points_to_template(inside @ bent[0].affine[:3, :3].T + bent[0].affine[:3, 3], warped)
    expected = (points - template.image.affine[:3, 3])[:, 1] / 4
    np.testing.assert_allclose(there[tuple(inside.T)], expected, atol=0.02)


def test_a_smooth_volume_comes_back_within_a_fifth_of_a_millimetre(warped, template, bent):
    noise = np.random.default_rng(5).standard_normal(template.image.data.shape).astype(np.float32)
    smooth = Volume(ndimage.gaussian_filter(noise, 4), template.image.affine)
    back = to_template(to_native(smooth, bent[0], warped), template.image, warped)
    inside = ndimage.binary_erosion(template.mask.data > 0, iterations=2)
    slope = np.sqrt(sum(part**2 for part in np.gradient(smooth.data, 4.0)))[inside]
    # Two interpolations also flatten peaks, where the slope is 0 and nothing can be said in millimetres
    steep = slope > np.median(slope)
    assert back.same_grid(smooth)
    assert np.median((np.abs(back.data - smooth.data)[inside] / slope)[steep]) < 0.2


@pytest.mark.parametrize("interpolation", ["nearest", "label"])
def test_labels_come_back_as_they_were(warped, template, bent, interpolation):
    left, back = (np.indices(template.mask.data.shape)[axis] > half for axis, half in ((0, 20), (1, 24)))
    labels = Volume(template.mask.data * (1 + 5 * left + 10 * back), template.mask.affine)
    native = to_native(labels, bent[0], warped, interpolation)
    again = to_template(native, template.image, warped, interpolation)
    assert set(np.unique(native.data)) == set(np.unique(again.data)) == {0, 1, 6, 11, 16}
    assert min(dice(again.data == label, labels.data == label) for label in (1, 6, 11, 16)) > 0.93


def test_the_warp_brings_the_brain_closer_and_does_not_fold(warped, template, bent):
    brain = Volume(bent[0].data * (bent[1].data > 0.5), bent[0].affine)
    inside = template.mask.data > 0
    straight = Registration(warped.forward[1:], warped.inverse[:1])
    close, less = (
        np.corrcoef(to_template(brain, template.image, one).data[inside], template.image.data[inside])[0, 1]
        for one in (warped, straight)
    )
    assert close > less + 0.05
    assert warp_determinant(warped, template.image)[inside].min() > 0.2


def test_a_warp_on_a_coarser_grid_has_its_determinant_on_the_templates(warped, template, tmp_path):
    fine = Volume(np.zeros((81, 97, 81), np.float32), template.image.affine @ np.diag([0.5, 0.5, 0.5, 1]))
    own, finer = warp_determinant(warped), warp_determinant(warped, fine)
    assert finer.shape == (81, 97, 81)
    np.testing.assert_allclose(finer[::2, ::2, ::2], own[:41, :49, :41], atol=1e-4)


def test_a_kept_registration_is_that_of_the_status_beside_it(warped, tmp_path):
    status = {
        "scan": "sub-1",
        "accepted": True,
        "files": {"forward": ["w.nii.gz", "a.mat"], "inverse": ["a.mat", "u.nii.gz"]},
    }
    (tmp_path / "status.json").write_text(json.dumps(status))
    kept = kept_registration(tmp_path / "status.json")
    assert kept == Registration(
        (tmp_path / "w.nii.gz", tmp_path / "a.mat"), (tmp_path / "a.mat", tmp_path / "u.nii.gz")
    )
    (tmp_path / "status.json").write_text(json.dumps({"scan": "sub-1", "accepted": False, "stage": "prepare"}))
    with pytest.raises(InputError, match="sub-1: left out at prepare"):
        kept_registration(tmp_path / "status.json")


def test_without_transforms_points_stay(template):
    points = brain_points(template)[:3]
    np.testing.assert_array_equal(points_to_native(points, Registration((), ())), points)
    assert apply(template.image, template.image, ()).same_grid(template.image)
