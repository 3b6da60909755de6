import numpy as np
import pytest

from tests.library.volumes.made_head import made_head
from voxplain.volumes.quality import dice
from voxplain.volumes.stripping import brain_mask, without_bias
from voxplain.volumes.volume import Volume


def test_the_brain_of_a_head_with_skull_and_scalp_is_found(moved, template, tmp_path):
    head, known, _ = moved
    mask, found = brain_mask(head, template, tmp_path)
    assert mask.same_grid(head) and set(np.unique(mask.data)) == {0, 1}
    assert dice(mask.data, known.data) > 0.96
    assert found["mask_agreement"] > 0.9 and found["mask_review"] == 0
    again, _ = brain_mask(head, template, tmp_path)
    assert again.data.tobytes() == mask.data.tobytes()


def test_a_head_far_too_small_is_marked_for_review(template, tmp_path):
    head, _ = made_head(np.diag([0.7, 0.7, 0.7, 1]))
    _, found = brain_mask(head, template, tmp_path)
    assert found["mask_review"] == 1


@pytest.mark.parametrize("slope", [0.5, -0.4])
def test_a_slow_drift_of_intensity_makes_little_difference(moved, slope):
    head, mask, _ = moved
    along = np.linspace(-1, 1, head.data.shape[1], dtype=np.float32)[None, :, None]
    drifted = Volume(head.data * np.exp(slope * along), head.affine)
    inside = mask.data > 0

    def difference(one, other):
        return np.log(np.clip(one.data[inside], 1, None) / np.clip(other.data[inside], 1, None)).std()

    corrected = without_bias(drifted)
    assert corrected.same_grid(head)
    assert difference(corrected, without_bias(head)) < 0.2 * difference(drifted, head)
