import gzip
import json

import nibabel
import numpy as np
import pytest

from tests.library.merging import merged
from tests.library.volumes.bad_volumes import SAID, make_bad
from tests.library.volumes.made_head import save_nifti
from tests.library.volumes.preparing import prepared
from voxplain.errors import SettingsError
from voxplain.volumes.recipes import own_volume
from voxplain.volumes.registration import apply
from voxplain.volumes.volume import Volume, read_volume, save_volume

# on one worker, so that what all these tests look at is made once
pytestmark = pytest.mark.xdist_group("prepare")


@pytest.fixture(scope="module")
def good(files, tmp_path_factory):
    folder = tmp_path_factory.mktemp("anat")
    return folder, prepared(files, folder)


def test_a_good_scan_is_accepted_with_its_files_and_measures(good):
    folder, status = good
    assert json.loads(json.dumps(status)) == status
    assert (status["scan"], status["input"], status["accepted"]) == ("sub-1", "affine", True)
    assert status["stage"] is None and status["reason"] is None
    assert status["files"] == {
        "volume": "sub-1_space-mni152_desc-affine_T1w.nii.gz",
        "mask": "sub-1_space-mni152_desc-affine_mask.nii.gz",
        "sidecars": ["sub-1_space-mni152_desc-affine_T1w.json", "sub-1_space-mni152_desc-affine_mask.json"],
        "forward": ["sub-1_desc-affine_from-T1w_to-mni152_xfm.mat"],
        "inverse": ["sub-1_desc-affine_from-T1w_to-mni152_xfm.mat"],
    }
    assert {path.name for path in folder.iterdir()} == {
        status["files"]["volume"],
        status["files"]["mask"],
        *status["files"]["sidecars"],
        *status["files"]["forward"],
    }
    assert status["measures"]["correlation"] > 0.95 and status["measures"]["dice"] > 0.95


@pytest.mark.usefixtures("here")
def test_a_recipe_without_registration_leaves_a_volume_of_its_own_space(files, moved, tmp_path):
    settings = {"recipe": "hcp_age_128_pad", "transform": "none", "intensity": "none"}
    status = prepared(files, tmp_path, **settings)
    assert status["accepted"] and status["files"]["forward"] == []
    assert status["files"]["volume"] == "sub-1_space-own_desc-affine_T1w.nii.gz"
    volume, mask = (nibabel.load(tmp_path / status["files"][kind]) for kind in ("volume", "mask"))
    expected = own_volume("hcp_age_128_pad", *moved[:2])
    assert volume.shape == mask.shape == (128, 128, 128)
    np.testing.assert_allclose(volume.affine, expected[0].affine, atol=1e-4)
    np.testing.assert_array_equal(mask.get_fdata(), expected[1].data)
    assert status["measures"]["brain_volume_input_ml"] == pytest.approx(expected[1].data.sum() / 1000)
    sidecar = json.loads((tmp_path / status["files"]["sidecars"][0]).read_text())
    assert sidecar["SpatialReference"] == "orig" and sidecar["SkullStripped"] is True


@pytest.mark.slow
def test_a_volume_of_the_recipe_of_110_voxels_is_divided_by_its_own_maximum(files, tmp_path):
    settings = merged(inputs={"yang": {"recipe": "voxcnn_110"}}, experiments={"ad": {"input": "yang"}})["inputs"][
        "yang"
    ]
    status = prepared(files, tmp_path, **settings)
    volume = nibabel.load(tmp_path / status["files"]["volume"]).get_fdata()
    assert volume.shape == (110, 110, 110) and volume.max() == pytest.approx(1, abs=1e-6) and volume.min() >= 0


@pytest.mark.usefixtures("here")
def test_the_193_recipe_is_registered_and_cut_by_the_templates_mask(files, tmp_path):
    status = prepared(files, tmp_path, recipe="icbm_193", intensity="none")
    volume, mask = (nibabel.load(tmp_path / status["files"][kind]) for kind in ("volume", "mask"))
    assert status["files"]["volume"] == "sub-1_space-mni152_desc-affine_T1w.nii.gz"
    assert volume.shape == mask.shape == (193, 229, 193)
    outside = np.asarray(volume.dataobj)[np.asarray(mask.dataobj) == 0]
    assert not outside.any() and status["measures"]["correlation"] > 0.95


@pytest.mark.usefixtures("here")
def test_channels_of_shape_stand_beside_the_volume(files, moved, tmp_path):
    status = prepared(files, tmp_path, channels=["intensity", "log_jacobian"])
    assert status["files"]["log_jacobian"] == "sub-1_space-mni152_desc-affine_logjacobian.nii.gz"
    found = nibabel.load(tmp_path / status["files"]["log_jacobian"]).get_fdata()
    assert found.shape == nibabel.load(tmp_path / status["files"]["volume"]).shape
    np.testing.assert_allclose(found, np.log(np.linalg.det(moved[2][:3, :3])), atol=0.03)
    assert "log_jacobian" not in prepared(files, tmp_path)["files"]
    assert not list(tmp_path.glob("*logjacobian*"))


def test_the_measures_are_those_of_the_known_affine(good, moved):
    measures, (_, mask, matrix) = good[1]["measures"], moved
    assert measures["scale"] == pytest.approx(np.cbrt(np.linalg.det(matrix[:3, :3])), rel=0.01)
    assert measures["determinant"] == pytest.approx(measures["scale"] ** 3, rel=1e-4)
    assert measures["brain_volume_ml"] == pytest.approx(mask.data.sum() * 0.064)
    assert measures["brain_volume_input_ml"] == pytest.approx(1886, rel=0.03)


def test_the_volume_lies_on_the_templates_grid_with_a_brain_mean_of_one(good, template):
    folder, status = good
    volume, mask = (nibabel.load(folder / status["files"][kind]) for kind in ("volume", "mask"))
    assert volume.shape == mask.shape == template.image.data.shape
    np.testing.assert_allclose(volume.affine, template.image.affine)
    assert (volume.get_data_dtype(), mask.get_data_dtype()) == (np.float32, np.uint8)
    assert volume.get_fdata()[mask.get_fdata() > 0].mean() == pytest.approx(1, abs=1e-4)


def test_the_head_is_interpolated_once_and_keeps_its_scalp(good, files, template):
    folder, status = good
    forward = [folder / name for name in status["files"]["forward"]]
    once = apply(read_volume(files / "head.nii.gz"), template.image, forward).data
    found = nibabel.load(folder / status["files"]["volume"]).get_fdata()
    np.testing.assert_allclose(found / found.max(), once / once.max(), atol=1e-5)
    outside = (found > 0.8) & (template.mask.data == 0)
    assert outside[:4].sum() > 50 and outside[-4:].sum() > 50


def test_a_second_run_gives_the_same_bytes_and_leaves_no_other_file(good, files, tmp_path, here):
    folder, _ = good
    for left in (".sub-1_desc-affine_killed.part/x", "sub-1_space-old_desc-affine_T1w.nii.gz"):
        (tmp_path / left).parent.mkdir(exist_ok=True)
        (tmp_path / left).write_text("left by another run")
    (tmp_path / "sub-1_space-mni152_desc-other_T1w.nii.gz").write_text("of another input")
    prepared(files, tmp_path)
    names = {path.name for path in folder.iterdir()}
    assert {path.name for path in tmp_path.iterdir()} == names | {"sub-1_space-mni152_desc-other_T1w.nii.gz"}
    assert all((folder / name).read_bytes() == (tmp_path / name).read_bytes() for name in names)


@pytest.mark.parametrize("kind", SAID)
def test_a_bad_volume_becomes_a_status_with_one_line(files, tmp_path, here, moved, kind):
    bad = make_bad(kind, tmp_path, moved[0])
    status = prepared(files, tmp_path / "anat", bad)
    assert (status["scan"], status["input"], status["accepted"], status["stage"]) == (
        "sub-1",
        "affine",
        False,
        "prepare",
    )
    assert SAID[kind] in status["reason"] and "\n" not in status["reason"]
    assert status["files"] == {} and list((tmp_path / "anat").iterdir()) == []


def test_an_infinite_voxel_in_the_mask_is_told_from_the_volumes(files, tmp_path, here, moved):
    bad = make_bad("infinite", tmp_path, moved[1])
    assert prepared(files, tmp_path / "anat", mask=bad)["reason"].startswith("bad.nii.gz: 0 NaN and 2 infinite voxels")


def test_a_mask_on_another_grid_is_refused(files, tmp_path, here, moved):
    save_volume(tmp_path / "cut.nii.gz", Volume(moved[1].data[1:], moved[1].affine))
    status = prepared(files, tmp_path / "anat", mask=tmp_path / "cut.nii.gz")
    assert not status["accepted"] and "on another grid than the volume's (54, 66, 60)" in status["reason"]


def test_an_upside_down_head_is_refused_with_its_measures_and_its_old_files_go(files, tmp_path, here, moved):
    head, mask, _ = moved
    save_volume(tmp_path / "head.nii.gz", Volume(head.data[:, :, ::-1], head.affine))
    save_volume(tmp_path / "brain.nii.gz", Volume(mask.data[:, :, ::-1], mask.affine))
    folder = tmp_path / "anat"
    assert prepared(files, folder)["accepted"]
    status = prepared(files, folder, tmp_path / "head.nii.gz", tmp_path / "brain.nii.gz")
    assert not status["accepted"] and status["reason"].startswith("correlation with the template")
    assert status["measures"]["correlation"] < 0.6 and status["files"] == {}
    assert list(folder.iterdir()) == []


def test_stripping_by_the_archives_mask_needs_that_mask(files, tmp_path):
    with pytest.raises(SettingsError, match="cohort.members.mask: none named"):
        prepared(files, tmp_path, mask=None)


def test_without_a_transform_the_scan_is_only_brought_to_the_grid(files, tmp_path, here):
    status = prepared(files, tmp_path, transform="none", intensity="max")
    assert status["accepted"] and status["files"]["forward"] == status["files"]["inverse"] == []
    assert status["measures"]["scale"] == 1
    assert nibabel.load(tmp_path / status["files"]["volume"]).get_fdata().max() == pytest.approx(1)


def test_a_mask_of_ones_own_making_with_bias_correction(files, tmp_path, here):
    status = prepared(files, tmp_path, mask=None, strip="ants", bias=True)
    assert status["accepted"] and status["measures"]["mask_agreement"] > 0.9
    assert status["measures"]["dice"] > 0.95


def test_what_was_mended_is_said_and_the_form_that_counts_can_be_chosen(files, tmp_path, here, moved):
    data = moved[0].data.copy()
    data[:2] = np.nan
    image = nibabel.load(save_nifti(tmp_path / "head.nii", data, moved[0].affine))
    image.set_qform(np.diag([-1, 1, 1, 1]) @ moved[0].affine, 1)
    nibabel.save(image, tmp_path / "placed_twice.nii")
    packed = gzip.compress((tmp_path / "placed_twice.nii").read_bytes())
    (tmp_path / "placed_twice.nii").write_bytes(packed)
    status = prepared(files, tmp_path / "anat", tmp_path / "placed_twice.nii")
    assert not status["accepted"] and "left and right are swapped" in status["reason"] and status["notes"] == []
    status = prepared(files, tmp_path / "anat", tmp_path / "placed_twice.nii", form="sform")
    assert status["accepted"]
    assert status["notes"] == ["named .nii but gzip", f"NaN background set to 0 ({2 * 66 * 60} voxels)"]


def test_the_sidecars_say_where_the_volumes_come_from_and_what_they_are(files, tmp_path, here, moved):
    for name, volume in zip(("sub-1_desc-source_T1w.nii.gz", "sub-1_desc-source_mask.nii.gz"), moved[:2], strict=True):
        save_volume(tmp_path / name, volume)
    sources = tmp_path / "sub-1_desc-source_T1w.nii.gz", tmp_path / "sub-1_desc-source_mask.nii.gz"
    status = prepared(files, tmp_path, *sources)
    volume, mask = (json.loads((tmp_path / name).read_text()) for name in status["files"]["sidecars"])
    assert volume["Sources"] == mask["Sources"] == [f"bids::sub-1/anat/{path.name}" for path in sources]
    assert volume["SpatialReference"] == mask["SpatialReference"] == "bids:template:T1w.nii.gz"
    assert volume["SkullStripped"] is False and mask["Type"] == "Brain"
    assert "4 x 4 x 4 mm" in volume["Resolution"]
    save_volume(tmp_path / "brain.nii.gz", Volume(moved[0].data * moved[1].data, moved[0].affine))
    status = prepared(files, tmp_path, tmp_path / "brain.nii.gz", sources[1], transform="none")
    volume = json.loads((tmp_path / status["files"]["sidecars"][0]).read_text())
    assert volume["SkullStripped"] is True and "without registration" in volume["Description"]


@pytest.mark.slow
def test_syn_keeps_a_warp_each_way(files, tmp_path):
    status = prepared(files, tmp_path, transform="syn")
    assert status["accepted"] and status["measures"]["folded"] == 0
    assert status["files"]["forward"] == [
        "sub-1_desc-affine_from-T1w_to-mni152_warp.nii.gz",
        "sub-1_desc-affine_from-T1w_to-mni152_xfm.mat",
    ]
    assert status["files"]["inverse"] == [
        "sub-1_desc-affine_from-T1w_to-mni152_xfm.mat",
        "sub-1_desc-affine_from-mni152_to-T1w_warp.nii.gz",
    ]
    assert all((tmp_path / name).is_file() for way in ("forward", "inverse") for name in status["files"][way])


@pytest.mark.parametrize("strip", ["none", "template"])
def test_without_a_mask_the_templates_serves_and_the_status_says_so(files, tmp_path, here, moved, template, strip):
    status = prepared(files, tmp_path, mask=None, strip=strip)
    assert status["accepted"] and status["notes"] == [
        f"strip is {strip}: the mask is the template's, and the whole head was registered"
    ]
    volume, mask = (nibabel.load(tmp_path / status["files"][kind]).get_fdata() for kind in ("volume", "mask"))
    np.testing.assert_array_equal(mask > 0, template.mask.data > 0)
    assert (volume[mask == 0].max() > 0.5) == (strip == "none")
    sidecar = json.loads((tmp_path / status["files"]["sidecars"][0]).read_text())
    assert sidecar["SkullStripped"] == (strip == "template") and "of the whole head" in sidecar["Description"]
    assert status["measures"]["brain_volume_ml"] == pytest.approx(moved[1].data.sum() * 0.064, rel=0.05)
