import nibabel
import numpy as np
import pytest

from scripts.rank_regions import rank_regions
from voxplain.attribution.maps import read_maps, write_maps

AFFINE = np.diag([-3.0, 3, 3, 1])
RELEVANCE = {"groups": ["all", "class0", "class1"], "by": {}, "merge_sides": False, "bootstrap": 20, "seed": 1}


@pytest.fixture
def given(explained_study, tmp_path):
    labels = np.zeros(explained_study.shape, np.int32)
    # the first axis runs to the left here
    labels[4:11, 5:20, 4:18], labels[11:18, 5:20, 4:18] = 2, 1
    nibabel.save(nibabel.Nifti1Image(labels, AFFINE), tmp_path / "atlas.nii.gz")
    (tmp_path / "atlas.tsv").write_text(
        "index\tname\tvoxels\n1\tleft half\t1470\n2\tright half\t1470\n3\tleft nothing\t0\n"
    )
    nibabel.save(nibabel.Nifti1Image((labels > 0).astype(np.uint8), AFFINE), tmp_path / "mask.nii.gz")
    return explained_study.maps, [tmp_path / name for name in ("atlas.nii.gz", "atlas.tsv", "mask.nii.gz")], labels


def test_a_region_has_the_share_of_the_absolute_sum_that_lies_in_it(given):
    maps, files, labels = given
    regions = rank_regions(maps, *files, relevance=RELEVANCE)["regions"]
    shares = {}
    for source in map(read_maps, maps):
        for subject, values in zip(source.subject, source.maps, strict=True):
            sums = [np.abs(values[labels == index].astype(float)).sum() for index in (1, 2)]
            shares.setdefault(subject, []).append((sums, read_scale(source, labels > 0)))
    expected = []
    for own in shares.values():
        mean = np.mean([np.array(sums) / scale for sums, scale in own], axis=0)
        expected.append(mean / mean.sum())
    own = regions[regions["group"] == "all"].set_index("region")
    assert own.loc[["left half", "right half"], "share"].tolist() == pytest.approx(np.mean(expected, axis=0))
    assert own["subjects"].unique().tolist() == [7]
    assert regions["group"].unique().tolist() == ["all", "class0", "class1"]
    assert np.isnan(own.loc["left nothing", "share"])


def read_scale(source, inside):
    return np.mean([np.sqrt((one[inside].astype(float) ** 2).mean()) for one in source.maps])


def test_a_class_is_held_against_class_0_and_sides_against_each_other(given):
    maps, files, _ = given
    found = rank_regions(maps, *files, relevance=RELEVANCE)
    assert set(zip(found["gains"]["group"], found["gains"]["against"], strict=True)) == {("class1", "class0")}
    assert found["sides"]["region"].unique().tolist() == ["half"]
    assert found["sides"]["group"].tolist() == ["all", "class0", "class1"]
    assert len(found["subjects"]) == 7 * 3


def test_left_and_right_may_be_one_region(given):
    maps, files, _ = given
    found = rank_regions(maps, *files, relevance=RELEVANCE | {"merge_sides": True})
    own = found["regions"][found["regions"]["group"] == "all"].set_index("region")
    assert own.loc["half", "share"] == pytest.approx(1)
    assert found["sides"]["region"].unique().tolist() == ["half"]


def test_maps_that_share_no_space_have_no_regions(given, tmp_path):
    _, files, labels = given
    maps, scans = np.ones((2, *labels.shape), np.float32), ["sub-1", "sub-2"]
    own = np.stack([np.eye(4)] * 2)
    write_maps(tmp_path / "own.h5", scans, scans, [0, 1], [0, 1], maps, np.eye(4), {}, affines=own)
    found = rank_regions([tmp_path / "own.h5"], *files, relevance=RELEVANCE)
    assert all(table.empty for table in found.values()) and "share" in found["regions"]
