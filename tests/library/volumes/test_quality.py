import numpy as np
import pytest

from voxplain.errors import InputError
from voxplain.volumes.quality import check, correlation, dice, measures, review
from voxplain.volumes.volume import Volume


def test_dice_of_masks_worked_by_hand():
    one, other = np.zeros((4, 5, 6)), np.zeros((4, 5, 6))
    one[:2], other[1:4] = 1, 1
    assert dice(one, other) == pytest.approx(2 * 30 / (60 + 90))
    assert dice(one, one) == 1 and dice(one, 1 - one) == 0 and dice(one * 0, one * 0) == 0


def test_correlation_looks_only_inside_and_has_no_opinion_on_a_constant():
    generator = np.random.default_rng(6)
    one, inside = generator.normal(size=(8, 9, 10)), np.zeros((8, 9, 10))
    inside[:, 2:7] = 1
    other = np.where(inside > 0, 3 * one + 4, generator.normal(size=one.shape))
    assert correlation(one, other, inside) == pytest.approx(1)
    assert correlation(one, np.ones_like(one), inside) == 0


def test_the_template_measured_against_itself_is_perfect(template):
    matrix = np.diag([1.1, 1.1, 1.1, 1])
    native = Volume(template.mask.data, np.diag([2.0, 2, 2, 1]))
    found = measures(template.image, template.mask, native, template, matrix, np.ones(template.mask.data.shape))
    assert found["correlation"] == pytest.approx(1) and found["dice"] == 1 and found["folded"] == 0
    assert found["determinant"] == pytest.approx(1.331) and found["scale"] == pytest.approx(1.1)
    assert found["brain_volume_ml"] == pytest.approx(template.mask.data.sum() * 0.008)
    assert found["brain_volume_input_ml"] == pytest.approx(template.mask.data.sum() * 0.064)


def test_folding_is_counted_inside_the_brain_alone(template):
    determinant = np.where(template.mask.data > 0, 1.0, -1.0)
    determinant[tuple(np.argwhere(template.mask.data > 0)[0])] = 0
    found = measures(template.image, template.mask, template.mask, template, np.eye(4), determinant)
    assert found["folded"] == pytest.approx(1 / template.mask.data.sum())


@pytest.mark.parametrize("axis", [1, 2])
def test_a_head_that_is_the_wrong_way_round_does_not_resemble_the_template(template, axis):
    turned, mask = (Volume(np.flip(v.data, axis).copy(), v.affine) for v in (template.image, template.mask))
    assert measures(turned, mask, mask, template, np.eye(4))["correlation"] < 0.6


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ({"determinant": 2.1, "correlation": 0.9}, "scales the brain's volume by 2.10"),
        ({"determinant": 0.4, "correlation": 0.9}, "scales the brain's volume by 0.40"),
        ({"determinant": 1.0, "correlation": 0.79}, "correlation with the template inside the brain is 0.79"),
        ({"determinant": 1.0, "correlation": float("nan")}, "correlation with the template"),
        ({"determinant": float("nan"), "correlation": 0.9}, "scales the brain's volume by nan"),
    ],
)
def test_a_registration_that_cannot_be_right_is_refused_in_one_line(found, said):
    with pytest.raises(InputError) as refusal:
        check(found)
    assert said in str(refusal.value) and "\n" not in str(refusal.value)


def test_a_plausible_registration_passes():
    check({"determinant": 0.51, "correlation": 0.81})


def test_a_made_mask_is_reviewed_for_its_volume_and_for_disagreement():
    assert review(1500, 0.95) == ""
    assert review(800, 0.95).startswith("brain of 800 ml") and review(2400, 0.95).startswith("brain of 2400 ml")
    assert review(1500, 0.89) == "Dice of two masks is 0.89, below 0.9"
