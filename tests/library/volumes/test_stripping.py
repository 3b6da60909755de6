import numpy as np

from tests.library.volumes.made_head import made_head
from voxplain.volumes.quality import dice
from voxplain.volumes.stripping import brain_mask


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
