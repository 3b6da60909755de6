import nibabel
import numpy as np
import pytest

from scripts.find_subtypes import find_subtypes
from voxplain.attribution.maps import write_maps

AFFINE = np.diag([-3.0, 3, 3, 1])
SHAPE = (12, 11, 13)
RELEVANCE = {"subtypes": 4, "merge_sides": False, "seed": 1}


@pytest.fixture
def given(tmp_path):
    """Sixty subjects; those of class 1 are strong either in one region or in another, those of class 0 alike."""
    rng = np.random.default_rng(4)
    labels = np.zeros(SHAPE, np.int32)
    labels[:, :4], labels[:, 4:8], labels[:, 8:] = 1, 2, 3
    names, maps = [f"sub-{number:02d}" for number in range(60)], []
    for number in range(60):
        strength = np.array([0, 5, 5, 5], float)
        if number % 2:
            strength[1 + number // 2 % 2] = 9
        strength += rng.normal(0, 0.3, 4)
        maps.append(rng.random(SHAPE) * strength[labels])
    label = [number % 2 for number in range(60)]
    for split, part in (("r1f1", slice(0, 30)), ("r1f2", slice(30, 60))):
        about = {"provenance": {"split": split, "seed": 1}}
        columns = names[part], names[part], label[part], label[part]
        write_maps(tmp_path / f"{split}.h5", *columns, np.array(maps[part]), AFFINE, about)
    nibabel.save(nibabel.Nifti1Image(labels, AFFINE), tmp_path / "atlas.nii.gz")
    nibabel.save(nibabel.Nifti1Image(np.ones(SHAPE, np.uint8), AFFINE), tmp_path / "mask.nii.gz")
    (tmp_path / "atlas.tsv").write_text("index\tname\n1\tback\n2\tmiddle\n3\tfront\n")
    files = [tmp_path / name for name in ("atlas.nii.gz", "atlas.tsv", "mask.nii.gz")]
    return [tmp_path / "r1f1.h5", tmp_path / "r1f2.h5"], files


def test_two_kinds_of_subjects_are_found_in_the_class_that_has_them(given):
    maps, files = given
    found = find_subtypes(maps, *files, RELEVANCE)
    summary = found["summary"].set_index("group")
    assert summary.loc["class1", "number"] == 2 and summary.loc["class1", "p"] < 0.05
    assert summary.loc["class0", "number"] == 1 and "no subtypes" in summary.loc["class0", "sentence"]
    members = found["members"][found["members"]["group"] == "class1"].set_index("subject")["cluster"]
    kinds = {name: int(name[-2:]) // 2 % 2 for name in members.index}
    assert len(members) == 30
    assert len({(kinds[name], cluster) for name, cluster in members.items()}) == 2
    assert set(found["centres"]["region"]) == {"back", "middle", "front"}


def test_maps_that_share_no_space_have_no_kinds(given, tmp_path):
    _, files = given
    own = np.stack([np.eye(4)] * 2)
    maps, scans = np.ones((2, *SHAPE), np.float32), ["sub-1", "sub-2"]
    write_maps(tmp_path / "own.h5", scans, scans, [0, 1], [0, 1], maps, np.eye(4), {}, affines=own)
    found = find_subtypes([tmp_path / "own.h5"], *files, RELEVANCE)
    assert all(table.empty for table in found.values()) and set(found) == {"summary", "members", "choice", "centres"}
