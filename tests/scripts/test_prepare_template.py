import nibabel
import numpy as np

from scripts.prepare_template import prepare_template


def test_the_template_and_its_mask_are_written_on_one_grid_that_says_mni(tmp_path):
    image, mask = tmp_path / "mni152_T1w.nii.gz", tmp_path / "mni152_mask.nii.gz"
    prepare_template({"image": "mni152", "mask": None, "spacing": 5.0}, image, mask)
    brain, inside = nibabel.load(image), nibabel.load(mask)
    assert brain.shape == inside.shape == (40, 47, 38)
    np.testing.assert_allclose(brain.header.get_zooms(), 5)
    assert int(brain.header["sform_code"]) == int(inside.header["qform_code"]) == 4
    assert set(np.unique(inside.dataobj)) == {0, 1}
    assert np.all(brain.get_fdata()[inside.get_fdata() == 0] == 0)
