import nibabel
import numpy as np
import pytest

from voxplain.errors import InputError, SettingsError
from voxplain.volumes.template import load_template, read_template
from voxplain.volumes.volume import Volume, read_volume, save_volume

SHIFT = np.array([[1.0, 0, 0, 1], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])


def test_the_mni_brain_keeps_its_volume_and_has_room_for_the_scalp(template):
    assert template.name == "mni152"
    assert template.image.same_grid(template.mask)
    np.testing.assert_allclose(template.image.affine, [[4, 0, 0, -98], [0, 4, 0, -134], [0, 0, 4, -72], [0, 0, 0, 1]])
    assert template.mask.data.sum() * template.mask.voxel_ml == pytest.approx(1886, rel=0.02)
    inside = np.argwhere(template.mask.data)
    beside = np.minimum(inside.min(axis=0), np.array(template.mask.data.shape) - 1 - inside.max(axis=0)) * 4
    assert beside[0] >= 20 and beside[1] >= 20


def test_nothing_but_the_brain_is_in_the_image(template):
    outside = template.mask.data == 0
    assert np.all(template.image.data[outside] == 0)
    assert 0.4 < template.image.data[~outside].mean() < 0.9
    assert template.image.data.max() <= 1


def own_files(folder, flip=1, cut=0):
    generator = np.random.default_rng(5)
    data = generator.uniform(50, 100, (36, 40, 34)).astype(np.float32)
    data[:, :, 20:] += 100
    mask = np.zeros_like(data)
    mask[5:20, 5:30, 5:30] = 1
    affine = np.diag([2.0 * flip, 2, 2, 1])
    affine[:3, 3] = [-30 * flip, -40, -30]
    save_volume(folder / "study-1_brain.nii.gz", Volume(data, affine))
    save_volume(folder / "mask.nii.gz", Volume(mask[cut:], affine), np.uint8)
    return {"image": str(folder / "study-1_brain.nii.gz"), "mask": str(folder / "mask.nii.gz"), "spacing": 2.0}


def test_a_template_of_ones_own_is_turned_to_ras_and_cut_to_its_mask(tmp_path):
    template = load_template(own_files(tmp_path, flip=-1))
    assert template.name == "study1brain"
    assert nibabel.aff2axcodes(template.image.affine) == ("R", "A", "S")
    assert template.image.data[template.mask.data == 0].max() == 0
    assert template.mask.data[16:31].sum() == template.mask.data.sum() > 0


def test_a_template_without_a_mask_is_a_wrong_setting(tmp_path):
    with pytest.raises(SettingsError, match="template.mask: none given"):
        load_template(own_files(tmp_path) | {"mask": None})


def test_a_mask_on_another_grid_is_refused(tmp_path):
    with pytest.raises(InputError, match="give a mask on the image's grid"):
        load_template(own_files(tmp_path, cut=2))


def test_a_mask_elsewhere_or_stored_the_other_way_round_is_refused(tmp_path):
    settings, mask = own_files(tmp_path), read_volume(tmp_path / "mask.nii.gz")
    for turn, said in (
        (np.diag([-1.0, 1, 1, 1]), "stored as LAS, but the image as RAS"),
        (SHIFT, "its affine differs"),
    ):
        save_volume(tmp_path / "other.nii.gz", Volume(mask.data, mask.affine @ turn))
        with pytest.raises(InputError, match=said):
            load_template(settings | {"mask": str(tmp_path / "other.nii.gz")})


def test_a_mask_of_scaled_integers_is_read_by_its_true_values(tmp_path):
    settings, mask = own_files(tmp_path), read_volume(tmp_path / "mask.nii.gz")
    image = nibabel.Nifti1Image((mask.data * 65535 - 32768).astype(np.int16), mask.affine)
    image.header.set_slope_inter(1.0000001 / 65535, 32768 / 65535)
    nibabel.save(image, tmp_path / "scaled.nii.gz")
    template = load_template(settings | {"mask": str(tmp_path / "scaled.nii.gz")})
    np.testing.assert_array_equal(template.mask.data, load_template(settings).mask.data)


def test_prepared_files_read_back_as_the_template(tmp_path, template):
    save_volume(tmp_path / "T1w.nii.gz", template.image)
    save_volume(tmp_path / "mask.nii.gz", template.mask, np.uint8)
    back = read_template(tmp_path / "T1w.nii.gz", tmp_path / "mask.nii.gz", "mni152")
    np.testing.assert_array_equal(back.image.data, template.image.data)
    np.testing.assert_array_equal(back.mask.data, template.mask.data)


def test_a_margin_keeps_the_box_around_the_brain_where_it_was():
    whole = load_template({"image": "mni152", "mask": None, "spacing": 6.0, "margin": None})
    near = load_template({"image": "mni152", "mask": None, "spacing": 6.0, "margin": 6})
    assert near.mask.data.sum() == whole.mask.data.sum()
    for axis in range(3):
        filled = np.flatnonzero(near.mask.data.any(axis=tuple({0, 1, 2} - {axis})))
        assert filled[0] <= 1 and near.mask.data.shape[axis] - filled[-1] <= 2
    place = np.argwhere(near.image.data == near.image.data.max())[0]
    there = near.image.affine @ [*place, 1]
    before = np.rint(np.linalg.solve(whole.image.affine, there)[:3]).astype(int)
    assert whole.image.data[tuple(before)] == near.image.data.max()


@pytest.mark.parametrize("shape", [[40, 40, 40], [30, 48, 26]])
def test_a_grid_of_a_given_shape_holds_the_whole_brain_in_its_middle_where_it_was(shape):
    whole = load_template({"image": "mni152", "mask": None, "spacing": 6.0, "margin": None})
    found = load_template({"image": "mni152", "mask": None, "spacing": 6.0, "margin": 6, "shape": shape})
    assert found.mask.data.shape == found.image.data.shape == tuple(shape)
    assert found.mask.data.sum() == whole.mask.data.sum()
    there = np.argwhere(found.mask.data)
    assert (np.abs(there.min(axis=0) - (np.array(shape) - 1 - there.max(axis=0))) <= 1).all()
    places = np.argwhere(found.image.data > 0)[::97]
    before = np.linalg.solve(whole.image.affine, found.image.affine @ np.c_[places, np.ones(len(places))].T)[:3]
    values = whole.image.data[tuple(np.rint(before).astype(int))]
    np.testing.assert_array_equal(found.image.data[tuple(places.T)], values)


def test_a_shape_too_small_for_the_brain_is_a_wrong_setting():
    with pytest.raises(
        SettingsError, match=r"template.shape: \[20, 40, 40\] voxels of 6 mm.*set template.spacing higher"
    ):
        load_template({"image": "mni152", "mask": None, "spacing": 6.0, "margin": 6, "shape": [20, 40, 40]})
