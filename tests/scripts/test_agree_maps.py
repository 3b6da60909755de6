import nibabel
import numpy as np
import pytest

from scripts.agree_maps import agree_maps
from voxplain.attribution.maps import read_maps, write_maps

RELEVANCE = {"agreement": ["pearson", "dice"], "top": 0.1, "seed": 1}


@pytest.fixture
def given(explained_study, tmp_path):
    mask = np.zeros(explained_study.shape, np.uint8)
    mask[4:16, 5:20, 4:18] = 1
    nibabel.save(nibabel.Nifti1Image(mask, np.diag([-3, 3, 3, 1])), tmp_path / "mask.nii.gz")
    turned = []
    for path in explained_study.maps:
        one = read_maps(path)
        turned.append(tmp_path / f"turned_{path.name}")
        columns = one.scan, one.subject, one.label, one.predicted
        write_maps(turned[-1], *columns, -np.array(one.maps), one.affine, one.about)
    return explained_study.maps, turned, tmp_path / "mask.nii.gz", mask > 0


def test_two_methods_are_compared_scan_by_scan_and_by_their_means(given):
    maps, turned, mask, _ = given
    table = agree_maps([*maps, *turned], mask, ["plain", "turned"], RELEVANCE).set_index("kind")
    assert table.loc["methods", ["first", "second"]].tolist() == ["plain", "turned"]
    assert table.loc["methods", "pearson"] == pytest.approx(-1)
    assert table.loc["methods", "dice"] == 1 and table.loc["methods", "compared"] == 14
    assert table.loc["group means of methods", "pearson"] == pytest.approx(-1)


def test_seeds_splits_and_subjects_of_a_method_stand_in_rows_of_their_own(given):
    maps, _, mask, inside = given
    table = agree_maps(maps, mask, ["plain"], RELEVANCE)
    assert set(table["kind"]) == {"splits", "seeds", "subjects"} and set(table["method"]) == {"plain"}
    seeds = table[table["kind"] == "seeds"].iloc[0]
    one, other, third, fourth = (read_maps(path) for path in maps[:4])
    pairs = [*zip(one.maps, other.maps, strict=True), *zip(third.maps, fourth.maps, strict=True)]
    expected = np.mean([np.corrcoef(a[inside], b[inside])[0, 1] for a, b in pairs])
    assert seeds["pearson"] == pytest.approx(expected, abs=1e-5) and seeds["compared"] == len(pairs) == 7
    subjects = table[table["kind"] == "subjects"].set_index(["first", "second"])
    assert subjects["compared"].to_dict() == {
        ("class 0", "class 0"): 6,
        ("class 0", "class 1"): 12,
        ("class 1", "class 1"): 3,
    }
    assert table.loc[table["kind"] == "splits", ["first", "second"]].to_numpy().tolist() == [["splitr1f1", "splitr1f2"]]


def test_maps_that_share_no_space_are_not_compared(given, tmp_path):
    _, _, mask, inside = given
    maps, scans = np.ones((2, *inside.shape), np.float32), ["sub-1", "sub-2"]
    own = np.stack([np.eye(4)] * 2)
    write_maps(tmp_path / "own.h5", scans, scans, [0, 1], [0, 1], maps, np.eye(4), {}, affines=own)
    assert agree_maps([tmp_path / "own.h5"], mask, ["plain"], RELEVANCE).empty
