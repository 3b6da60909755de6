import numpy as np
import pytest

from voxplain.errors import InputError
from voxplain.volumes.hemispheres import check_sides, side_of, side_pairs, without_side

# AAL as published: 54 pairs, then the vermis
VERMIS = ("Vermis_1_2", "Vermis_3", "Vermis_4_5", "Vermis_6", "Vermis_7", "Vermis_8", "Vermis_9", "Vermis_10")


def aal():
    pairs = [f"{name}_{side}" for name in (f"Area{place}" for place in range(54)) for side in "LR"]
    return dict(enumerate([*pairs, *VERMIS], start=1))


@pytest.mark.parametrize(
    ("name", "side", "without"),
    [
        ("Precentral_L", "left", "Precentral"),
        ("SFG_R_7_1", "right", "SFG_7_1"),
        ("Left-Thalamus-Proper", "left", "Thalamus-Proper"),
        ("ctx-rh-superiorfrontal", "right", "ctx-superiorfrontal"),
        ("ctx_lh_G_cuneus", "left", "ctx_G_cuneus"),
        ("Anterior corona radiata R", "right", "Anterior corona radiata"),
        ("Right Cerebral Cortex", "right", "Cerebral Cortex"),
        ("Cingulum (hippocampus) left", "left", "Cingulum (hippocampus)"),
        ("Frontal Pole (L)", "left", "Frontal Pole"),
        ("Vermis_1_2", None, "Vermis_1_2"),
        ("Lingual gyrus", None, "Lingual gyrus"),
        ("Left and right fornix", None, "Left and right fornix"),
        ("Right-L-Sg", "right", "L-Sg"),
        ("Left-L-Sg", "left", "L-Sg"),
        ("AIPS_AIP_l", "left", "AIPS_AIP"),
        ("Hemispheric lobule R (VI)", "right", "Hemispheric lobule (VI)"),
        ("L", "left", "L"),
    ],
)
def test_the_side_that_a_name_tells_is_a_word_of_its_own(name, side, without):
    assert (side_of(name), without_side(name)) == (side, without)


def test_aal_has_54_pairs_and_8_regions_of_the_vermis():
    pairs = side_pairs(aal())
    assert len(pairs) == 54
    assert ("Area3", 7, 8) in pairs
    assert set(aal()) - {index for pair in pairs for index in pair[1:]} == set(range(109, 117))


def test_a_side_without_its_partner_and_names_that_agree_too_far_are_no_pairs():
    names = {1: "Putamen_L", 2: "Caudate_L", 3: "CAUDATE_R", 4: "A L 1", 5: "A L  1", 6: "A R 1", 7: "Fornix"}
    assert side_pairs(names) == [("Caudate", 2, 3)]


def halves(swapped=False):
    """Label 1 at negative x and 2 at positive, on axes that run backwards and are exchanged; or the other way round."""
    affine = np.array([[0, 0, -4.0, 8], [2, 0, 0, -3], [0, 3, 0, 0], [0, 0, 0, 1]])
    x = 8 - 4.0 * np.arange(5)
    labels = np.broadcast_to(np.select([x < 0, x > 0], [2, 1] if swapped else [1, 2]), (3, 4, 5))
    return labels, affine


def test_names_that_agree_with_coordinates_pass_whatever_way_the_axes_run():
    check_sides("atlas", *halves(), {1: "Putamen_L", 2: "Putamen_R"})


def test_a_swap_of_left_and_right_is_refused_in_one_line():
    with pytest.raises(InputError) as fault:
        check_sides("aal.nii.gz", *halves(swapped=True), {1: "Putamen_L", 2: "Putamen_R"})
    assert str(fault.value) == (
        "aal.nii.gz: regions called left lie on the right (1 of 1 pairs: Putamen_L at x = 6 mm, Putamen_R at -6 mm); "
        "restore its header"
    )


def test_a_swap_shows_where_no_region_has_a_partner():
    with pytest.raises(InputError, match=r"called left lie on the right \(6 mm, those called right at -6 mm\)"):
        check_sides("a", *halves(swapped=True), {1: "Putamen_L", 2: "Caudate_R"})


def test_a_pair_on_the_midline_is_no_swap():
    labels, affine = halves()
    middle = np.where(labels > 0, 0, 1)
    middle[0] *= 2
    check_sides("a", middle, affine, {1: "Fornix_L", 2: "Fornix_R"})
    check_sides("a", middle, affine, {1: "Fornix_R", 2: "Fornix_L"})


def test_one_odd_pair_among_many_is_no_swap():
    labels = np.zeros((6, 3, 3), int)
    labels[:3, 0], labels[3:, 0], labels[:3, 1], labels[3:, 1], labels[:3, 2], labels[3:, 2] = 1, 2, 3, 4, 6, 5
    affine = np.diag([5.0, 1, 1, 1])
    affine[0, 3] = -12.5
    names = {1: "A_L", 2: "A_R", 3: "B_L", 4: "B_R", 5: "C_L", 6: "C_R"}
    check_sides("a", labels, affine, names)
    with pytest.raises(InputError, match="3 of 3 pairs"):
        check_sides("a", labels[::-1], affine, {**names, 5: "C_R", 6: "C_L"})
