import nibabel
import numpy as np

from scripts.make_atlas import make_atlas
from voxplain.demo.atlas import region_names
from voxplain.relevance.atlas import read_atlas, region_at

AFFINE = np.array([[4.0, 0, 0, -78], [0, 4, 0, -112], [0, 0, 4, -72], [0, 0, 0, 1]])
SHAPE = (40, 48, 42)


def test_the_made_atlas_is_read_as_any_other_and_knows_left_from_right(tmp_path):
    nibabel.save(nibabel.Nifti1Image(np.ones(SHAPE, np.float32), AFFINE), tmp_path / "template.nii.gz")
    make_atlas(tmp_path / "template.nii.gz", tmp_path / "atlas.nii.gz", tmp_path / "atlas.tsv")
    atlas = read_atlas(tmp_path / "atlas.nii.gz", tmp_path / "atlas.tsv")
    assert atlas.names == region_names() and np.allclose(atlas.affine, AFFINE)
    assert len(atlas.sides()) == 7
    left, right = region_at(atlas, [[-30, 40, 20], [30, 40, 20]])
    assert left == "left frontal" and right == "right frontal"


def test_the_table_counts_voxels_on_the_grid(tmp_path):
    nibabel.save(nibabel.Nifti1Image(np.ones(SHAPE, np.float32), AFFINE), tmp_path / "template.nii.gz")
    make_atlas(tmp_path / "template.nii.gz", tmp_path / "atlas.nii.gz", tmp_path / "atlas.tsv")
    labels = np.asarray(nibabel.load(tmp_path / "atlas.nii.gz").dataobj)
    rows = [line.split("\t") for line in (tmp_path / "atlas.tsv").read_text().splitlines()[1:]]
    assert {int(index): int(voxels) for index, _, voxels in rows} == {
        index: int((labels == index).sum()) for index in region_names()
    }
