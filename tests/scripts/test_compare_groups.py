import nibabel
import numpy as np
import pandas as pd
import pytest

from scripts.compare_groups import IMAGES, compare_groups
from voxplain.attribution.maps import write_maps
from voxplain.relevance.atlas import Atlas

AFFINE = np.diag([3.0, 3, 3, 1])
SHAPE = (12, 11, 13)
STATISTICS = {"test": "cluster_size", "threshold": 0.01, "permutations": 99, "alpha": 0.05}
ATLAS = Atlas(np.ones(SHAPE, np.int32), AFFINE, {1: "everywhere"})


@pytest.fixture
def given(tmp_path):
    """Twenty subjects in two splits, half of them old: their maps are stronger in one corner."""
    rng, paths = np.random.default_rng(3), []
    names = [f"sub-{number:02d}" for number in range(20)]
    maps, sides = rng.normal(size=(20, *SHAPE)), np.arange(20) % 2
    maps[sides == 1, :5, :5, :5] += 4
    for split, part in (("r1f1", slice(0, 10)), ("r1f2", slice(10, 20))):
        paths.append(tmp_path / f"{split}.h5")
        about = {"provenance": {"split": split, "seed": 1}}
        write_maps(paths[-1], names[part], names[part], sides[part], sides[part], maps[part], AFFINE, about,
                   targets=[1] * 10)  # fmt: skip
    table = pd.DataFrame({"scan": names, "subject": names, "old": np.where(sides, "yes", "no"), "one": "same"})
    table.to_csv(tmp_path / "scans.tsv", sep="\t", index=False)
    folds = table[["scan", "subject"]].assign(label=sides)
    folds = [folds.assign(split=s, role=np.where(np.arange(20) // 10 == n, "test", "train"))
             for n, s in enumerate(("r1f1", "r1f2"))]  # fmt: skip
    pd.concat(folds).to_csv(tmp_path / "folds.tsv", sep="\t", index=False)
    nibabel.save(nibabel.Nifti1Image(np.ones(SHAPE, np.uint8), AFFINE), tmp_path / "mask.nii.gz")
    return paths, tmp_path / "mask.nii.gz", tmp_path / "scans.tsv", tmp_path / "folds.tsv"


def test_a_difference_between_groups_is_a_cluster_with_its_region(given):
    images, affine, tables, about = compare_groups(
        *given, {"tested": "old"}, statistics=STATISTICS, seed=1, atlas=ATLAS
    )
    assert set(images) == set(IMAGES) and np.allclose(affine, AFFINE)
    assert images["p_test"][:4, :4, :4].max() <= 0.05 < images["p_test"][8:, 8:, 8:].min()
    first = tables["clusters"].iloc[0]
    assert first["sign"] == "positive" and first["region"] == "everywhere" and first["p"] == pytest.approx(0.01)
    assert about["subjects"] == 20 and about["asked"] == "old: yes above no"
    assert any("conditional on the networks" in note for note in about["notes"])


def test_regions_of_the_first_atlas_are_compared_too_where_there_is_one(given):
    labels = np.full(SHAPE, 2, np.int32)
    labels[:5, :5, :5] = 1
    atlas = Atlas(labels, AFFINE, {1: "corner", 2: "rest"})
    _, _, tables, _ = compare_groups(*given, {"tested": "old"}, statistics=STATISTICS, seed=1, atlas=atlas)
    regions = tables["regions"]
    assert regions["region"].tolist() == ["corner", "rest"] and regions["p_corrected"][0] == pytest.approx(0.01)
    _, _, tables, _ = compare_groups(*given, {"tested": "old"}, statistics=STATISTICS, seed=1)
    assert tables["regions"].empty


def test_a_comparison_that_the_study_does_not_allow_finds_nothing_and_says_why(given):
    images, _, tables, about = compare_groups(*given, {"tested": "one"}, statistics=STATISTICS, seed=1)
    assert tables["clusters"].empty and tables["regions"].empty
    assert not images["t"].any() and (images["p_test"] == 1).all()
    assert about["undefined"].startswith("one: 1 value among the subjects")


def test_no_scratch_file_is_left(given, tmp_path):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    compare_groups(*given, {"tested": "old"}, statistics=STATISTICS | {"permutations": 20}, seed=1, scratch=scratch)
    assert not list(scratch.iterdir())
