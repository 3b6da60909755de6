import nibabel
import numpy as np

from scripts.mark_anatomy import mark_anatomy
from voxplain.volumes.label_tables import write_names


def prepared(folder, counts):
    labels = np.zeros((6, 6, 6), np.int32)
    labels[:2], labels[4:] = 1, 2
    affine = np.diag([3.0, 3, 3, 1])
    affine[0, 3] = -7.5
    nibabel.save(nibabel.Nifti1Image(labels, affine), folder / "atlas.nii.gz")
    names = {1: "Hippocampus_L", 2: "Hippocampus_R", 7: "Amygdala_L"}
    write_names(folder / "atlas.tsv", names, counts)
    return folder / "atlas.nii.gz", folder / "atlas.tsv", labels, affine


def test_a_prepared_atlas_says_where_a_region_lies(tmp_path):
    *files, labels, affine = prepared(tmp_path, {1: 72, 2: 72})
    found = mark_anatomy(*files, ["Hippocampus_L"])
    np.testing.assert_array_equal(found.data, labels == 1)
    np.testing.assert_allclose(found.affine, affine)


def test_a_region_that_the_grid_lost_is_logged_and_marks_nothing(tmp_path, caplog):
    *files, _, _ = prepared(tmp_path, {1: 72, 2: 72})
    found = mark_anatomy(*files, ["Amygdala_L"])
    assert not found.data.any()
    assert "Amygdala_L has no voxel on the study's grid" in caplog.text
