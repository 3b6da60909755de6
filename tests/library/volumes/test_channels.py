import ants
import nibabel
import numpy as np
import pytest

from voxplain.volumes.channels import SMALLEST, log_jacobians
from voxplain.volumes.registration import LPS, Registration, as_ants, linear_part
from voxplain.volumes.volume import Volume

SHAPE = (24, 28, 22)
AFFINE = np.array([[3.0, 0, 0, -36], [0, 3, 0, -42], [0, 0, 3, -33], [0, 0, 0, 1]])
REFERENCE = Volume(np.zeros(SHAPE, np.float32), AFFINE)
INSIDE = (slice(3, -3),) * 3


def save_scaling(path, scale):
    """ANTs' affine that leads from template to a native space ``scale`` times as large."""
    turn = np.array([[0.8, -0.6, 0], [0.6, 0.8, 0], [0, 0, 1]])
    transform = ants.new_ants_transform(transform_type="AffineTransform", dimension=3)
    transform.set_parameters([*(scale * turn).ravel(), 4.0, -7.0, 2.0])
    ants.write_transform(transform, str(path))
    return path


def save_warp(path, displacement):
    """ANTs' warp of a ``displacement`` (x, y, z, 3) in RAS mm."""
    image = nibabel.Nifti1Image((displacement @ LPS[:3, :3])[:, :, :, None].astype(np.float32), AFFINE)
    image.header.set_intent("vector")
    nibabel.save(image, path)
    return path


@pytest.fixture(scope="module")
def points():
    return np.moveaxis(np.indices(SHAPE), 0, -1) @ AFFINE[:3, :3].T + AFFINE[:3, 3]


@pytest.mark.parametrize("scale", [0.9, 1.12])
def test_a_scaling_is_three_times_its_logarithm_everywhere_and_nothing_without_the_affine_part(tmp_path, scale):
    found = log_jacobians(Registration((save_scaling(tmp_path / "a.mat", scale),), ()), REFERENCE)
    np.testing.assert_allclose(found["log_jacobian"].data, 3 * np.log(scale), atol=1e-5)
    assert not found["log_jacobian_nonlinear"].data.any()
    assert found["log_jacobian"].data.shape == SHAPE


def test_a_known_warp_gives_its_own_determinant_and_adds_to_the_affines(tmp_path, points):
    matrix = np.array([[0.1, 0.05, 0], [-0.03, -0.2, 0.02], [0, 0.04, 0.15]])
    warp = save_warp(tmp_path / "1Warp.nii.gz", points @ matrix.T)
    linear = save_scaling(tmp_path / "a.mat", 1.1)
    registration = Registration((warp, linear), ())
    found = log_jacobians(registration, REFERENCE)
    expected = np.log(np.linalg.det(np.eye(3) + matrix))
    np.testing.assert_allclose(found["log_jacobian_nonlinear"].data, expected, atol=1e-4)
    whole = np.log(np.linalg.det(linear_part(registration)[:3, :3] @ (np.eye(3) + matrix)))
    np.testing.assert_allclose(found["log_jacobian"].data, whole, atol=1e-4)


def test_a_varying_warp_is_that_of_ants_own_program(tmp_path, points):
    warp = save_warp(tmp_path / "1Warp.nii.gz", 6 * np.sin(points / 20)[..., [1, 2, 0]] + 2 * np.sin(points / 12))
    found = log_jacobians(Registration((warp,), ()), REFERENCE)["log_jacobian_nonlinear"].data
    theirs = ants.create_jacobian_determinant_image(as_ants(REFERENCE), str(warp), do_log=True).numpy()
    assert found.std() > 0.1
    np.testing.assert_allclose(found[INSIDE], theirs[INSIDE], atol=0.01)


def test_a_fold_reads_as_the_smallest_size_and_stays_finite(tmp_path, points):
    warp = save_warp(tmp_path / "1Warp.nii.gz", -2 * points)
    found = log_jacobians(Registration((warp,), ()), REFERENCE)["log_jacobian"].data
    np.testing.assert_allclose(found, np.log(SMALLEST), rtol=1e-6)


def test_without_a_transform_nothing_is_larger_or_smaller():
    assert not any(one.data.any() for one in log_jacobians(Registration((), ()), REFERENCE).values())


def test_another_grid_gets_the_same_map_at_its_own_places(tmp_path, points):
    warp = save_warp(tmp_path / "1Warp.nii.gz", points * [0.1, 0, 0])
    coarse = Volume(np.zeros((12, 14, 11), np.float32), AFFINE @ np.diag([2.0, 2, 2, 1]))
    found = log_jacobians(Registration((warp,), ()), coarse)["log_jacobian"].data
    assert found.shape == (12, 14, 11)
    np.testing.assert_allclose(found[2:-2, 2:-2, 2:-2], np.log(1.1), atol=1e-3)
