import json

import ants
import nibabel
import numpy as np
import pandas as pd
import pytest
from scipy.ndimage import shift

from scripts.carry_truth import carry_truth
from voxplain.errors import InputError

SHAPE = (34, 40, 36)
AFFINE = np.diag([3.0, 3, 3, 1])


@pytest.fixture
def carried(tmp_path):
    """Three scans whose own space is moved against the template's by one, two and three voxels along y."""
    region = np.zeros(SHAPE, np.float32)
    region[10:20, 12:20, 14:22] = 5
    nibabel.save(nibabel.Nifti1Image(np.zeros(SHAPE, np.float32), AFFINE), tmp_path / "template.nii.gz")
    rows, truths, statuses = [], [], []
    for number, label in enumerate((1, 0, 1), 1):
        scan = f"sub-{number}"
        own = shift(region, (0, number, 0), order=0) * (1 if label else 100)
        truths.append(tmp_path / f"{scan}_effect-region.nii.gz")
        nibabel.save(nibabel.Nifti1Image(own, AFFINE), truths[-1])
        move = ants.create_ants_transform(transform_type="AffineTransform", translation=(0, -3.0 * number, 0))
        ants.write_transform(move, str(tmp_path / f"{scan}.mat"))
        status = {"scan": scan, "accepted": True, "stage": None, "files": {"forward": [f"{scan}.mat"]}}
        statuses.append(tmp_path / f"{scan}_status.json")
        statuses[-1].write_text(json.dumps(status))
        rows.append({"scan": scan, "label_sex": label})
    pd.DataFrame(rows).to_csv(tmp_path / "scans.tsv", sep="\t", index=False)
    return tmp_path / "scans.tsv", truths, statuses, tmp_path / "template.nii.gz", region


def test_the_truth_is_the_effect_of_class_one_where_their_own_transforms_bring_it(carried):
    scans, truths, statuses, image, region = carried
    effect = carry_truth(scans, "sex", truths, statuses, image)
    assert effect.data.shape == SHAPE
    assert np.allclose(effect.affine, AFFINE)
    assert np.allclose(effect.data, region / 5, atol=1e-4)


def test_a_scan_that_was_left_out_does_not_count(carried):
    scans, truths, statuses, image, region = carried
    pd.DataFrame({"scan": ["sub-1"], "label_sex": [1]}).to_csv(scans, sep="\t", index=False)
    truths[2].unlink()
    assert np.allclose(carry_truth(scans, "sex", truths, statuses, image).data, region / 5, atol=1e-4)


def test_without_a_scan_of_class_one_it_says_so(carried):
    scans, truths, statuses, image, _ = carried
    pd.DataFrame({"scan": ["sub-2"], "label_sex": [0]}).to_csv(scans, sep="\t", index=False)
    with pytest.raises(InputError, match="no scan of class 1 was used"):
        carry_truth(scans, "sex", truths, statuses, image)
