import nibabel
import numpy as np
import pytest

from tests.library.volumes.bad_volumes import SAID, make_bad
from tests.library.volumes.made_head import save_nifti
from voxplain.errors import InputError
from voxplain.volumes.volume import Volume, read_volume, save_volume

AFFINE = np.array([[-2.0, 0, 0, 90], [0, 2.0, 0, -126], [0, 0, 2.5, -72], [0, 0, 0, 1]])


@pytest.fixture
def volume():
    return Volume(np.random.default_rng(3).normal(100, 20, (40, 44, 36)).astype(np.float32), AFFINE)


def test_a_saved_volume_reads_back_as_it_was(tmp_path, volume):
    save_volume(tmp_path / "head.nii.gz", volume)
    back = read_volume(tmp_path / "head.nii.gz")
    np.testing.assert_array_equal(back.data, volume.data)
    np.testing.assert_allclose(back.affine, AFFINE, atol=1e-5)
    assert back.data.dtype == np.float32
    np.testing.assert_allclose(back.spacing, [2, 2, 2.5])
    assert back.voxel_ml == pytest.approx(0.01)


def test_the_same_volume_gives_the_same_bytes_under_any_name(tmp_path, volume):
    for name in ("one.nii.gz", "another.nii.gz"):
        save_volume(tmp_path / name, volume)
    assert (tmp_path / "one.nii.gz").read_bytes() == (tmp_path / "another.nii.gz").read_bytes()


def test_both_forms_of_a_saved_header_say_where_it_is(tmp_path, volume):
    save_volume(tmp_path / "mask.nii", volume, np.uint8, code=4)
    image = nibabel.load(tmp_path / "mask.nii")
    assert image.get_data_dtype() == np.uint8
    assert (int(image.header["qform_code"]), int(image.header["sform_code"])) == (4, 4)
    np.testing.assert_allclose(image.get_qform(), AFFINE, atol=1e-5)


def test_scaled_integers_are_read_as_the_values_they_stand_for(tmp_path, volume):
    image = nibabel.Nifti1Image(volume.data, AFFINE)
    image.set_data_dtype(np.int16)
    image.set_sform(AFFINE, 1)
    nibabel.save(image, tmp_path / "scaled.nii.gz")
    assert nibabel.load(tmp_path / "scaled.nii.gz").dataobj.slope != 1
    np.testing.assert_allclose(read_volume(tmp_path / "scaled.nii.gz").data, volume.data, atol=0.01)


@pytest.mark.parametrize("kind", SAID)
def test_a_bad_volume_is_refused_in_one_line_that_names_it(tmp_path, volume, kind):
    path = make_bad(kind, tmp_path, volume)
    with pytest.raises(InputError) as refusal:
        read_volume(path)
    said = str(refusal.value)
    assert said.startswith(path.name + ": ") and SAID[kind] in said and "\n" not in said


def test_a_slightly_rounded_rotation_is_no_shear(tmp_path, volume):
    angle = 0.3
    turned = AFFINE.copy()
    turned[:3, :3] = [[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1.0004]]
    read_volume(save_nifti(tmp_path / "turned.nii.gz", volume.data, turned.round(4)))


def test_volumes_share_a_grid_only_with_the_same_shape_and_place(volume):
    shifted = AFFINE.copy()
    shifted[0, 3] += 0.5
    assert volume.same_grid(Volume(volume.data * 2, AFFINE))
    assert not volume.same_grid(Volume(volume.data, shifted))
    assert not volume.same_grid(Volume(volume.data[1:], AFFINE))
