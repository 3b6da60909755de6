import nibabel
import numpy as np
import pytest

from voxplain.errors import InputError
from voxplain.volumes.atlases import checked_atlas, prepare_atlas
from voxplain.volumes.template import load_template, whole_template
from voxplain.volumes.volume import Volume, save_volume

SETTINGS = {"image": "mni152", "mask": None, "spacing": 4.0, "margin": 6}


@pytest.fixture(scope="module")
def whole():
    return whole_template(SETTINGS)


@pytest.fixture(scope="module")
def near():
    return load_template(SETTINGS)


def atlas_files(folder, whole, name="halves", table="1\tHemisphere_L\n2\tHemisphere_R\n", **changes):
    """An atlas of the two halves of the brain at 2 mm, left 1 and right 2, and its table; the settings that name it."""
    mask = whole[1]
    affine = mask.affine @ np.diag([2, 2, 2, 1])
    inside = mask.data[::2, ::2, ::2] > 0
    x = affine[0, 0] * np.arange(inside.shape[0]) + affine[0, 3]
    labels = np.where(inside, 1 + (x > 0)[:, None, None], 0).astype(np.float32)
    affine = changes.get("affine", lambda given: given)(affine)
    save_volume(folder / "atlas.nii.gz", Volume(changes.get("data", lambda given: given)(labels), affine))
    (folder / "atlas.tsv").write_text(table)
    return {"name": name, "image": str(folder / "atlas.nii.gz"), "labels": str(folder / "atlas.tsv")}


def test_an_atlas_comes_to_the_studys_grid_with_its_names(tmp_path, whole, near):
    def with_a_speck(labels):
        labels[tuple(np.argwhere(labels == 1)[20])] = 7
        return labels

    table = "1\tHemisphere_L\n2\tHemisphere_R\n7\tToo small_L\n8\tOf another atlas_L\n"
    settings = atlas_files(tmp_path, whole, table=table, data=with_a_speck)
    prepare_atlas(settings, near, whole[0], tmp_path / "d.nii.gz", tmp_path / "d.tsv", 4)
    image = nibabel.load(tmp_path / "d.nii.gz")
    labels = np.asarray(image.dataobj)
    np.testing.assert_allclose(image.affine, near.image.affine)
    assert np.issubdtype(labels.dtype, np.integer) and set(np.unique(labels)) == {0, 1, 2}
    assert ((labels > 0) == (near.mask.data > 0)).mean() > 0.97
    x = near.image.affine[0, 0] * np.argwhere(labels == 1)[:, 0] + near.image.affine[0, 3]
    assert x.max() <= 2
    rows = [line.split("\t") for line in (tmp_path / "d.tsv").read_text().splitlines()]
    assert rows[0] == ["index", "name", "voxels"] and rows[3:] == [["7", "Too small_L", "0"]]
    assert rows[1] == ["1", "Hemisphere_L", str((labels == 1).sum())]


def shifted(affine, by):
    return affine + np.array([[0, 0, 0, by]] * 3 + [[0] * 4])


@pytest.mark.parametrize(
    ("said", "changes"),
    [
        ("values that are no whole numbers", {"data": lambda labels: labels / 2}),
        ("label 2 has no name in atlas.tsv; add it", {"table": "1\tHemisphere_L\n"}),
        ("of its labelled voxels lie in the template's brain", {"affine": lambda affine: shifted(affine, 90)}),
        ("regions called left lie on the right", {"data": lambda labels: labels[::-1]}),
    ],
)
def test_an_atlas_that_cannot_be_meant_is_refused_in_one_line(tmp_path, whole, near, said, changes):
    settings = atlas_files(tmp_path, whole, **changes)
    with pytest.raises(InputError, match=said) as fault:
        checked_atlas(settings, near, whole[0])
    assert str(fault.value).startswith("template.atlases: halves: ") and "\n" not in str(fault.value)


def test_an_atlas_of_the_templates_shape_must_lie_where_it_does(tmp_path, whole, near):
    save_volume(tmp_path / "atlas.nii.gz", Volume(whole[1].data, shifted(whole[1].affine, 3)))
    with pytest.raises(InputError, match=r"as the template's, but its affine places it 5 mm away"):
        checked_atlas({"name": "a", "image": tmp_path / "atlas.nii.gz", "labels": None}, near, whole[0])


def test_an_atlas_stored_the_other_way_round_is_the_same_atlas(tmp_path, whole, near):
    mirror = np.diag([-1.0, 1, 1, 1])
    mirror[0, 3] = whole[1].data.shape[0] - 1
    save_volume(tmp_path / "atlas.nii.gz", Volume(whole[1].data[::-1], whole[1].affine @ mirror))
    _, names = checked_atlas({"name": "a", "image": tmp_path / "atlas.nii.gz", "labels": None}, near, whole[0])
    assert names == {1: "label 1"}
