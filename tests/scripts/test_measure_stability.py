import nibabel
import numpy as np

from scripts.measure_stability import measure_stability
from voxplain.attribution.maps import read_maps

ASKED = {"top": 0.1, "bootstrap": 20, "seed": 1}


def test_the_maps_of_two_seeds_are_compared_scan_by_scan(explained_study, tmp_path):
    mask = np.zeros(explained_study.shape, np.uint8)
    mask[4:16, 5:20, 4:18] = 1
    nibabel.save(nibabel.Nifti1Image(mask, np.diag([-3, 3, 3, 1])), tmp_path / "mask.nii.gz")
    table, summary = measure_stability(explained_study.maps, tmp_path / "mask.nii.gz", **ASKED)
    own = table[table["kind"] == "retrained"].set_index("scan")
    assert len(own) == 7
    one, other = (read_maps(path) for path in explained_study.maps[:2])
    inside = mask > 0
    expected = np.corrcoef(one.maps[0][inside], other.maps[0][inside])[0, 1]
    assert abs(own.loc[one.scan[0], "pearson"] - expected) < 1e-5
    assert set(summary["kind"]) == {"retrained", "subjects", "group"}


def test_one_seed_has_nothing_to_be_compared_with(explained_study, tmp_path):
    nibabel.save(
        nibabel.Nifti1Image(np.ones(explained_study.shape, np.uint8), np.diag([-3, 3, 3, 1])), tmp_path / "m.nii"
    )
    table, summary = measure_stability(explained_study.maps[::2], tmp_path / "m.nii", **ASKED)
    assert table.empty and summary.empty and "pearson" in table
