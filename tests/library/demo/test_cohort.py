import gzip
import hashlib
import io
import json
import zipfile

import nibabel as nib
import numpy as np
import pytest

from voxplain.demo.cohort import archive_names, make_cohort
from voxplain.errors import SettingsError


def bytes_of(folder):
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def volume(archive, name):
    member = next(member for member in archive.namelist() if member.endswith(name))
    return nib.Nifti1Image.from_bytes(gzip.decompress(archive.read(member)))


@pytest.fixture
def archive(cohort_folder):
    return zipfile.ZipFile(cohort_folder / "archives" / "990001_3T_Structural_preproc.zip")


def test_archives_are_named_as_the_settings_say(cohort_folder, made):
    found = {path.name for path in (cohort_folder / "archives").iterdir()}
    assert found == set(archive_names(made).values())


def test_an_archive_is_laid_out_as_hcp_ships_it(archive):
    assert set(archive.namelist()) == {
        "990001/T1w/T1w_acpc_dc.nii.gz",
        "990001/T1w/T1w_acpc_dc_restore.nii.gz",
        "990001/T1w/T1w_acpc_dc_restore_brain.nii.gz",
        "990001/T1w/brainmask_fs.nii.gz",
        "990001/T1w/ribbon.nii.gz",
        "990001/release-notes/Structural_preproc.txt",
    }
    assert {info.compress_type for info in archive.infolist()} == {zipfile.ZIP_STORED}


def test_volumes_run_from_right_to_left_on_one_grid(archive):
    images = [volume(archive, f"{name}.nii.gz") for name in ("T1w_acpc_dc_restore", "brainmask_fs", "ribbon")]
    for image in images:
        assert nib.aff2axcodes(image.affine) == ("L", "A", "S")
        assert int(image.header["sform_code"]) == int(image.header["qform_code"]) == 1
        np.testing.assert_array_equal(image.affine, images[0].affine)
        assert image.shape == images[0].shape == (32, 40, 39)


def test_the_brain_is_the_restored_volume_inside_the_mask(archive):
    restored, brain, mask = (
        np.asarray(volume(archive, f"T1w/{name}.nii.gz").dataobj)
        for name in ("T1w_acpc_dc_restore", "T1w_acpc_dc_restore_brain", "brainmask_fs")
    )
    np.testing.assert_array_equal(brain, restored * mask)
    assert set(np.unique(mask)) == {0, 1}


def test_the_ribbon_labels_left_and_right_as_freesurfer_does(archive):
    image = volume(archive, "ribbon.nii.gz")
    ribbon = np.asarray(image.dataobj)
    assert set(np.unique(ribbon)) == {0, 2, 3, 41, 42}
    x = nib.affines.apply_affine(image.affine, np.argwhere(np.isin(ribbon, (41, 42))))[:, 0]
    assert x.mean() > 10


def test_a_nested_archive_holds_the_package_and_its_checksum(cohort_folder):
    with zipfile.ZipFile(cohort_folder / "archives" / "990006.zip") as outer:
        name = "990006_3T_Structural_preproc.zip"
        assert outer.namelist() == [name, name + ".md5"]
        assert outer.getinfo(name).compress_type == zipfile.ZIP_STORED
        package = outer.read(name)
        assert outer.read(name + ".md5").decode().split()[0] == hashlib.md5(package).hexdigest()
    assert "990006/T1w/brainmask_fs.nii.gz" in zipfile.ZipFile(io.BytesIO(package)).namelist()


def test_the_truth_is_on_its_subjects_grid_and_lies_in_the_brain(cohort_folder, archive):
    mask = volume(archive, "brainmask_fs.nii.gz")
    for name in ("effect-region", "jacobian-region"):
        truth = nib.load(cohort_folder / "truth" / f"sub-990001_{name}.nii.gz")
        np.testing.assert_array_equal(truth.affine, mask.affine)
        values = truth.get_fdata()
        assert values.min() >= 0 and values.max() > 0
        assert values[np.asarray(mask.dataobj) > 0].sum() > 0.98 * values.sum()


def test_the_manifest_says_who_is_who(cohort_folder, made):
    manifest = json.loads((cohort_folder / "manifest.json").read_text())
    assert manifest["settings"] == made
    assert [subject["scan"] for subject in manifest["subjects"]] == list(archive_names(made))
    assert [subject["label"] for subject in manifest["subjects"]] == [s["group"] for s in manifest["subjects"]]
    assert min(subject["smallest_jacobian"] for subject in manifest["subjects"]) > 0


def test_the_same_seed_gives_the_same_bytes_with_any_number_of_workers(cohort_folder, made, tmp_path):
    make_cohort(tmp_path, made, workers=2)
    assert bytes_of(tmp_path) == bytes_of(cohort_folder)


def test_another_seed_gives_other_heads_in_place_of_the_old(made, tmp_path):
    small = {**made, "twins": []}
    make_cohort(tmp_path, {**small, "subjects": 3})
    first = bytes_of(tmp_path)
    make_cohort(tmp_path, {**small, "subjects": 2, "seed": 8})
    second = bytes_of(tmp_path)
    assert len(list((tmp_path / "archives").iterdir())) == 2
    assert not any(first[path] == second[path] for path in second)


def test_a_twin_of_no_effect_is_refused_in_one_line(made, tmp_path):
    with pytest.raises(SettingsError, match='"regoin" is no effect; choose from scale, region, outside'):
        make_cohort(tmp_path, {**made, "twins": ["regoin"]})


def test_a_cohort_of_one_is_refused(made, tmp_path):
    with pytest.raises(SettingsError, match="1 found; at least 2"):
        make_cohort(tmp_path, {**made, "subjects": 1})
