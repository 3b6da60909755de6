import base64
import gzip
import json

import nibabel
import numpy as np
import pytest

from voxplain.errors import InputError
from voxplain.report.viewer.volumes import coarsened, write_volume

AFFINE = np.array([[3.0, 0, 0, -60], [0, 4, 0, -80], [0, 0, 5, -40], [0, 0, 0, 1]])


def read_back(folder, volume):
    """The NIfTI image that the script of ``volume`` holds."""
    text = (folder / volume.path).read_text()
    opening, content = f"voxplain.volumes[{json.dumps(volume.path)}] = ", ";\n"
    assert text.startswith(opening) and text.endswith(content)
    return nibabel.Nifti1Image.from_bytes(gzip.decompress(base64.b64decode(json.loads(text[len(opening) : -2]))))


@pytest.fixture
def values():
    return np.random.default_rng(3).normal(size=(5, 7, 9))


def test_a_map_is_told_to_a_four_thousandth_of_its_range(tmp_path, values):
    volume = write_volume(tmp_path, "one", values, AFFINE, "map")
    image = read_back(tmp_path, volume)
    assert np.allclose(image.affine, AFFINE) and image.header.get_zooms() == (3, 4, 5)
    assert np.abs(image.get_fdata() - values).max() <= np.abs(values).max() / 4094 * 1.01
    assert volume.signed and volume.limit == pytest.approx(np.percentile(np.abs(values), 99.9))


def test_a_map_without_a_sign_and_one_of_zeros_are_told_as_such(tmp_path, values):
    assert not write_volume(tmp_path, "one", np.abs(values), AFFINE, "map").signed
    nothing = write_volume(tmp_path, "two", np.zeros((4, 4, 4)), AFFINE, "map")
    assert not nothing.signed and nothing.limit == 0 and not read_back(tmp_path, nothing).get_fdata().any()


def test_values_that_are_not_finite_count_as_zero(tmp_path, values):
    values[0, 0, 0] = np.nan
    image = read_back(tmp_path, write_volume(tmp_path, "one", values, AFFINE, "map"))
    assert image.get_fdata()[0, 0, 0] == 0 and np.isfinite(image.get_fdata()).all()


@pytest.mark.parametrize("highest", [2035, 614454277])
def test_labels_stay_whole_and_keep_their_names(tmp_path, highest):
    labels = np.random.default_rng(1).integers(0, highest + 1, (5, 7, 9))
    volume = write_volume(tmp_path, "atlas", labels, AFFINE, "labels", names={highest: "right insula"})
    image = read_back(tmp_path, volume)
    assert (np.asarray(image.dataobj) == labels).all() and volume.names == {highest: "right insula"}


def test_a_millimetre_grid_becomes_means_of_two_millimetres():
    values = np.random.default_rng(5).normal(size=(6, 8, 11))
    found, affine = coarsened(values, np.diag([1.0, 1, 1, 1]))
    assert found.shape == (3, 4, 5) and np.allclose(found[1, 2, 3], values[2:4, 4:6, 6:8].mean(), atol=1e-6)
    assert np.allclose(affine, [[2, 0, 0, 0.5], [0, 2, 0, 0.5], [0, 0, 2, 0.5], [0, 0, 0, 1]])


def test_a_grid_between_is_interpolated_to_two_millimetres_and_stays_in_place():
    affine = np.array([[1.5, 0, 0, -9], [0, 1.5, 0, 4], [0, 0, 1.5, 2], [0, 0, 0, 1]])
    place = np.einsum("ij,j...->i...", affine[:3, :3], np.indices((20, 20, 20))) + affine[:3, 3].reshape(3, 1, 1, 1)
    found, coarse = coarsened(place[0] + 10 * place[1], affine)
    assert np.allclose(np.diag(coarse)[:3], 2) and found.shape == (15, 15, 15)
    x, y, _ = coarse[:3, :3] @ [4, 5, 6] + coarse[:3, 3]
    assert found[4, 5, 6] == pytest.approx(x + 10 * y, abs=1e-4)


def test_labels_of_a_fine_grid_are_not_mixed():
    labels = np.zeros((8, 8, 8), np.int16)
    labels[4:] = 7
    for spacing in (0.7, 1.0, 1.5):
        found, _ = coarsened(labels, np.diag([spacing] * 3 + [1]), labels=True)
        assert set(np.unique(found)) == {0, 7} and found.dtype == labels.dtype


@pytest.mark.parametrize("key", ["../index", "a b", "<script>", "", "a//b", "/etc"])
def test_a_name_that_is_no_path_below_the_maps_is_refused_in_one_line(tmp_path, key):
    with pytest.raises(InputError, match="letters, digits") as refused:
        write_volume(tmp_path, key, np.ones((2, 2, 2)), AFFINE, "map")
    assert "\n" not in str(refused.value) and not list(tmp_path.iterdir())


def test_another_kind_is_refused(tmp_path):
    with pytest.raises(InputError, match="kind 'mask' of a volume; give one of anatomy, map, labels"):
        write_volume(tmp_path, "one", np.ones((2, 2, 2)), AFFINE, "mask")


def test_the_same_volume_has_the_same_bytes(tmp_path, values):
    paths = [tmp_path / name / write_volume(tmp_path / name, "one", values, AFFINE, "map").path for name in "ab"]
    assert paths[0].read_bytes() == paths[1].read_bytes()
