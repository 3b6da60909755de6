import numpy as np
import pytest
from scipy import ndimage

from voxplain.errors import InputError
from voxplain.volumes.quality import acquired, check, measures, review
from voxplain.volumes.volume import Volume


def test_the_template_measured_against_itself_is_perfect(template):
    matrix = np.diag([1.1, 1.1, 1.1, 1])
    native = Volume(template.mask.data, np.diag([2.0, 2, 2, 1]))
    found = measures(template.image, template.mask, native, template, matrix, np.ones(template.mask.data.shape))
    assert found["correlation"] == pytest.approx(1) and found["dice"] == 1 and found["folded"] == 0
    assert found["determinant"] == pytest.approx(1.331) and found["scale"] == pytest.approx(1.1)
    assert found["brain_volume_ml"] == pytest.approx(template.mask.data.sum() * 0.008)
    assert found["brain_volume_input_ml"] == pytest.approx(template.mask.data.sum() * 0.064)
    assert found["intracranial_volume_ml"] == pytest.approx(1.331 * template.mask.data.sum() * 0.064)
    assert found["nmi"] == pytest.approx(2) and found["rotation"] == found["shear"] == 0
    assert found["jacobian_min"] == found["jacobian_max"] == 1


def test_a_rigid_transform_tells_nothing_of_the_volume_inside_the_skull(template):
    angle = np.deg2rad(20)
    turned = np.eye(4)
    turned[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    assert "intracranial_volume_ml" not in measures(template.image, template.mask, template.mask, template, turned)


@pytest.mark.parametrize("size", [0.88, 1.08])
def test_a_brain_of_another_size_is_not_taken_for_a_failed_rigid_registration(template, size):
    middle = np.argwhere(template.mask.data > 0).mean(axis=0)
    head, mask = (
        Volume(ndimage.affine_transform(one.data, np.eye(3) / size, middle * (1 - 1 / size), order=order), one.affine)
        for one, order in ((template.image, 1), (template.mask, 0))
    )
    as_it_is = np.corrcoef(head.data[template.mask.data > 0], template.image.data[template.mask.data > 0])[0, 1]
    found = measures(head, mask, mask, template, np.eye(4))
    assert found["correlation"] > 0.97 and found["correlation"] > as_it_is + 0.2
    assert found["dice"] < 0.9 and found["brain_volume_input_ml"] == mask.data.sum() * mask.voxel_ml
    head = Volume(np.flip(head.data, 1).copy(), head.affine)
    assert (
        measures(head, Volume(np.flip(mask.data, 1).copy(), mask.affine), mask, template, np.eye(4))["correlation"]
        < 0.6
    )


def test_a_head_is_measured_before_it_is_registered(moved):
    found = acquired(moved[0], moved[1])
    assert set(found) == {"mask_components", "mask_holes", "efc", "cnr", "cjv", "snr", "snr_dietrich"}
    assert found["mask_components"] == 1 and 0 < found["efc"] < 1
    noisy = Volume(moved[0].data + np.random.default_rng(1).normal(0, 80, moved[0].data.shape), moved[0].affine)
    worse = acquired(noisy, moved[1])
    assert all(worse[name] < found[name] for name in ("cnr", "snr", "snr_dietrich"))
    assert worse["cjv"] > found["cjv"] and worse["efc"] > found["efc"]


def test_what_is_undefined_is_left_out_and_no_fault(moved):
    nothing = Volume(np.zeros_like(moved[0].data), moved[0].affine)
    assert acquired(nothing, nothing) == {"mask_components": 0, "mask_holes": 0}
    brain = Volume(moved[0].data * moved[1].data, moved[0].affine)
    found = acquired(brain, moved[1])
    assert "snr_dietrich" not in found and found["cnr"] > 0


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
