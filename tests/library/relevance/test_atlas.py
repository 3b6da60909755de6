from types import SimpleNamespace

import nibabel
import numpy as np
import pytest

from voxplain.errors import InputError
from voxplain.relevance.atlas import Atlas, of_volumes, on_grid, read_atlas, region_at
from voxplain.volumes.label_tables import write_names

SHAPE = (6, 4, 5)
AFFINE = np.array([[2.0, 0, 0, -5], [0, 3, 0, 10], [0, 0, 2, -4], [0, 0, 0, 1]])
NAMES = {1: "Putamen_L", 2: "Putamen_R", 3: "Vermis"}


def made_labels():
    """Left, right and a plate on the midline's floor; the topmost layer is no region."""
    labels = np.zeros(SHAPE, np.int32)
    labels[:2, :, 1:4], labels[4:, :, 1:4], labels[2:4, :, 0] = 1, 2, 3
    return labels


@pytest.fixture
def atlas():
    return Atlas(made_labels(), AFFINE, NAMES)


def written(folder, labels, affine=AFFINE, table="1 Putamen_L\n2 Putamen_R\n3 Vermis\n", dtype=np.int16, **changes):
    image = nibabel.Nifti1Image(labels.astype(dtype), affine)
    image.set_sform(affine, changes.get("code", 2))
    image.set_qform(affine, changes.get("code", 2))
    nibabel.save(image, folder / "a.nii.gz")
    (folder / "a.txt").write_text(table)
    return folder / "a.nii.gz", folder / "a.txt"


def test_an_atlas_is_its_labels_its_place_and_its_names(tmp_path):
    atlas = read_atlas(*written(tmp_path, made_labels()[..., None]))
    assert np.array_equal(atlas.labels, made_labels()) and atlas.labels.dtype.kind == "i"
    np.testing.assert_allclose(atlas.affine, AFFINE)
    assert atlas.names == NAMES


def test_without_a_table_regions_are_called_by_their_number(tmp_path):
    assert read_atlas(written(tmp_path, made_labels())[0]).names == {1: "label 1", 2: "label 2", 3: "label 3"}


def test_names_of_what_the_volume_lacks_are_left_out_but_not_those_that_the_grid_lost(tmp_path):
    image, table = written(tmp_path, made_labels(), table="1 Putamen_L\n2 Putamen_R\n3 Vermis\n4 Dura\n")
    assert read_atlas(image, table).names == NAMES
    write_names(table, NAMES | {4: "Dura"}, {1: 24})
    assert table.read_text().splitlines()[:2] == ["index\tname\tvoxels", "1\tPutamen_L\t24"]
    assert read_atlas(image, table).names == NAMES | {4: "Dura"}


def test_large_labels_of_freesurfer_stay_whole(tmp_path):
    labels = np.where(made_labels() == 2, 12175, 11101)
    table = "11101 ctx_lh_G_and_S_frontomargin 23 220 60 0\n12175 ctx_rh_S_temporal_transverse 221 60 60 0\n"
    atlas = read_atlas(*written(tmp_path, labels, table=table, dtype=np.int32))
    assert set(np.unique(atlas.labels)) == {11101, 12175}
    assert region_at(atlas, AFFINE[:3, 3]) == "ctx_lh_G_and_S_frontomargin"


@pytest.mark.parametrize(
    ("said", "labels", "changes"),
    [
        ("values that are no whole numbers", made_labels() / 2, {"dtype": np.float32}),
        ("values that are no whole numbers", -made_labels(), {}),
        ("values that are no whole numbers", np.full(SHAPE, np.nan), {"dtype": np.float32}),
        ("no voxel has a label", np.zeros(SHAPE), {}),
        ("label 2 (and 1 more) has no name in a.txt; add it", made_labels(), {"table": "1 Putamen_L\n"}),
        ("give one volume of labels", np.zeros((*SHAPE, 3)), {}),
        ("regions called left lie on the right", made_labels()[::-1], {}),
        ("neither sform nor qform is set", made_labels(), {"code": 0}),
    ],
)
def test_an_atlas_that_cannot_be_meant_is_refused_in_one_line(tmp_path, said, labels, changes):
    with pytest.raises(InputError) as fault:
        read_atlas(*written(tmp_path, labels, **changes))
    assert str(fault.value).startswith("a.nii.gz: ") and said in str(fault.value) and "\n" not in str(fault.value)


def test_a_file_that_is_no_atlas_is_refused(tmp_path):
    (tmp_path / "a.nii.gz").write_text("no image")
    for name in ("a.nii.gz", "none.nii"):
        with pytest.raises(InputError, match=f"{name}: cannot be read"):
            read_atlas(tmp_path / name)
    nibabel.save(nibabel.MGHImage(made_labels(), AFFINE), tmp_path / "a.mgz")
    with pytest.raises(InputError, match=r"a\.mgz: a MGHImage, which is no NIfTI; convert it"):
        read_atlas(tmp_path / "a.mgz")


def test_left_and_right_become_one_and_the_vermis_stays(atlas):
    merged = atlas.merged()
    assert merged.names == {1: "Putamen", 3: "Vermis"}
    assert np.array_equal(merged.labels, np.where(made_labels() == 2, 1, made_labels()))
    assert atlas.sides() == [("Putamen", 1, 2)]


def test_aal_merged_has_54_pairs_and_8_others():
    sided = [f"Area{place}_{side}" for place in range(54) for side in "LR"]
    names = dict(enumerate([*sided, *(f"Vermis_{place}" for place in range(8))], start=1))
    labels = np.arange(117).reshape(13, 3, 3)
    merged = Atlas(labels, np.eye(4), names).merged()
    assert len(merged.names) == 62
    assert len(np.unique(merged.labels)) == 63


def test_labels_come_to_another_grid_by_the_nearest_voxel(atlas):
    fine = AFFINE.copy()
    fine[:3, :3] /= 2
    fine[:3, 3] -= AFFINE[:3, :3] @ np.full(3, 0.25)
    carried = on_grid(atlas, (12, 8, 10), fine)
    assert np.array_equal(carried.labels, made_labels().repeat(2, 0).repeat(2, 1).repeat(2, 2))
    assert carried.names == NAMES


def test_an_atlas_whose_axes_run_otherwise_comes_to_the_same_places(atlas):
    turned = np.flip(made_labels(), 0).transpose(2, 0, 1)
    away = AFFINE @ np.array([[0, -1, 0, 5], [0, 0, 1, 0], [1, 0, 0, 0], [0, 0, 0, 1.0]])
    assert np.array_equal(on_grid(Atlas(turned, away, NAMES), SHAPE, AFFINE).labels, made_labels())


def test_an_atlas_on_the_grid_already_is_left_as_it_is(atlas):
    assert on_grid(atlas, SHAPE, AFFINE) is atlas


def test_an_atlas_means_something_on_volumes_that_share_a_space_alone(atlas):
    shared = SimpleNamespace(affines=None, shape=SHAPE, affine=AFFINE)
    assert of_volumes(atlas, shared) is atlas
    assert of_volumes(atlas, SimpleNamespace(affines=np.stack([AFFINE] * 2), shape=SHAPE, affine=AFFINE)) is None


def test_the_same_shape_with_another_affine_is_refused(atlas):
    moved = AFFINE.copy()
    moved[0, 3] += 8
    with pytest.raises(InputError, match=r"shape \(6, 4, 5\) as the maps', but its affine places it 8 mm away"):
        on_grid(atlas, SHAPE, moved)
    mirrored = AFFINE @ np.diag([-1.0, 1, 1, 1])
    with pytest.raises(InputError, match="its affine places it"):
        on_grid(atlas, SHAPE, mirrored)


def test_an_atlas_of_another_space_is_refused(atlas):
    moved = AFFINE.copy()
    moved[1, 3] += 9
    with pytest.raises(InputError, match="only 25% of its labelled volume lies on the maps' grid"):
        on_grid(atlas, (6, 5, 5), moved)


@pytest.mark.parametrize(
    ("voxel", "named"),
    [((0, 0, 1), "Putamen_L"), ((5.4, 3, 3), "Putamen_R"), ((2, 1, 0), "Vermis"), ((3, 2, 3), "near Putamen_R")],
)
def test_a_point_in_mm_has_the_name_of_its_region(atlas, voxel, named):
    assert region_at(atlas, (AFFINE @ [*voxel, 1])[:3]) == named


def test_a_point_that_is_in_no_region_is_named_by_the_nearest_within_reach(atlas):
    # from the top layer, z = 4, the regions' highest layer is 2 mm below
    above = (AFFINE @ [0, 0, 4, 1])[:3]
    assert region_at(atlas, above, within=2.0) == "near Putamen_L"
    assert region_at(atlas, above, within=1.9) == ""
    assert region_at(atlas, [[900, 0, 0], above]) == ["", "near Putamen_L"]


def test_the_nearest_region_is_that_of_a_loop_over_all_voxels():
    rng = np.random.default_rng(3)
    labels = np.where(rng.random((7, 8, 9)) < 0.02, rng.integers(1, 4, (7, 8, 9)), 0)
    turn = np.array([[0.8, -0.6, 0], [0.6, 0.8, 0], [0, 0, 1]]) @ np.diag([2.0, 3, 1.5])
    affine = np.block([[turn, np.array([[1.0], [-2], [3]])], [np.zeros((1, 3)), np.ones((1, 1))]])
    atlas = Atlas(labels, affine, {1: "a", 2: "b", 3: "c"})
    places = np.argwhere(labels) @ turn.T + affine[:3, 3]
    found = labels[labels > 0]
    for point in (rng.random((60, 3)) * [7, 8, 9]) @ turn.T + affine[:3, 3]:
        away = np.linalg.norm(places - point, axis=1)
        expected = f"near {atlas.names[found[away.argmin()]]}" if away.min() <= 6 else ""
        assert region_at(atlas, point).removeprefix("near ") == expected.removeprefix("near ")
