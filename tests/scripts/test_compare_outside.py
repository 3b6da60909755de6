import nibabel
import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from scripts.average_maps import average_maps, save_averages
from scripts.compare_outside import compare_outside
from voxplain.attribution.maps import write_maps

AFFINE = np.diag([3.0, 3, 3, 1])
SHAPE = (32, 35, 33)


@pytest.fixture
def given(tmp_path):
    rng = np.random.default_rng(2)
    planted = gaussian_filter(rng.normal(size=SHAPE), 2)
    planted /= planted.std()
    maps = [planted + gaussian_filter(rng.normal(size=SHAPE), 1) for _ in range(6)]
    names = [f"sub-{number}" for number in range(6)]
    about = {"provenance": {"split": "r1f1", "seed": 1, "seen": [[0, 32], [0, 35], [0, 31]]}}
    write_maps(tmp_path / "maps.h5", names, names, [0, 1] * 3, [0, 1] * 3, np.array(maps), AFFINE, about)
    for name, image in (("mask", np.ones(SHAPE)), ("outside", planted)):
        nibabel.save(nibabel.Nifti1Image(image.astype(np.float32), AFFINE), tmp_path / f"{name}.nii.gz")
    averages, affine, table = average_maps([tmp_path / "maps.h5"], ["all", "fp"], tmp_path / "mask.nii.gz")
    save_averages(tmp_path / "groups.tsv", tmp_path / "averages.npz", averages, affine, table)
    return tmp_path, {group: tmp_path / f"group-{group}_desc-scaled_mean.nii.gz" for group in ("all", "fp")}


def test_a_map_like_that_of_others_is_more_alike_than_chance_and_an_empty_group_says_so(given):
    folder, means = given
    files = [folder / "maps.h5"], folder / "mask.nii.gz", folder / "outside.nii.gz"
    table = compare_outside(means, *files, surrogates=30, seed=1)
    own = table[table["group"] == "all"].set_index("measure")
    assert own.loc["pearson", "value"] > 0.8 and own.loc["pearson", "p"] == pytest.approx(1 / 31)
    assert own.loc["pearson", "voxels"] == 32 * 35 * 31
    empty = table[table["group"] == "fp"]
    assert len(empty) == 1 and "the same everywhere" in empty["note"].item()


def test_the_averages_are_files_and_one_npz(given):
    folder, _ = given
    with np.load(folder / "averages.npz") as arrays:
        assert np.allclose(arrays["affine"], AFFINE)
        image = nibabel.load(folder / "group-all_top.nii.gz")
        assert np.array_equal(arrays["all_top"], np.asarray(image.dataobj, np.float32))
        assert len(arrays.files) == 1 + 2 * 7
