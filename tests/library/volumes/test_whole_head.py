import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from tests.library.volumes.made_head import known_affine, made_head
from voxplain.demo.anatomy import template_head
from voxplain.demo.person import draw_people
from voxplain.demo.render import draw_picture
from voxplain.errors import InputError
from voxplain.volumes.quality import dice
from voxplain.volumes.registration import linear_part, register
from voxplain.volumes.volume import Volume
from voxplain.volumes.whole_head import register_whole_head, templates_mask


@pytest.fixture(scope="module")
def turned():
    """A head turned by some 15 degrees and far from where the template is: head, mask, the known matrix."""
    matrix = known_affine(2, shift=2)
    head, mask = made_head(matrix)
    further = np.eye(4)
    further[:3, :3] = Rotation.from_euler("xz", [12, -8], degrees=True).as_matrix()
    further[:3, 3] = [15, -30, 40]
    return *(Volume(one.data, further @ one.affine) for one in (head, mask)), further @ matrix


def test_a_head_without_a_mask_is_registered_by_what_lies_in_the_templates_brain(turned, template, tmp_path):
    head, mask, matrix = turned
    found = register_whole_head(head, template, "affine", tmp_path / "w_")
    assert np.linalg.det(linear_part(found)[:3, :3]) == pytest.approx(np.linalg.det(matrix[:3, :3]), rel=0.05)
    carried = templates_mask(template, head, found)
    assert carried.same_grid(head) and set(np.unique(carried.data)) == {0, 1}
    assert dice(carried.data, mask.data) > 0.96
    assert {path.name for path in tmp_path.iterdir()} == {"w_0GenericAffine.mat"}


def test_a_rigid_registration_of_a_whole_head_keeps_its_size_and_repeats_itself(turned, template, tmp_path):
    found, again = (register_whole_head(turned[0], template, "rigid", tmp_path / name) for name in ("w_", "again_"))
    assert again.forward[0].read_bytes() == found.forward[0].read_bytes()
    assert np.linalg.det(linear_part(found)[:3, :3]) == pytest.approx(1, abs=1e-4)


@pytest.mark.slow
def test_a_whole_head_can_be_warped_too(turned, template, tmp_path):
    head, mask, _ = turned
    found = register_whole_head(head, template, "syn", tmp_path / "w_")
    assert [path.name for path in found.forward] == ["w_1Warp.nii.gz", "w_0GenericAffine.mat"]
    assert [path.name for path in found.inverse] == ["w_0GenericAffine.mat", "w_1InverseWarp.nii.gz"]
    assert dice(templates_mask(template, head, found).data, mask.data) > 0.96


def test_much_fat_under_the_scalp_is_not_taken_for_a_larger_brain(template, tmp_path):
    made = {"subjects": 2, "seed": 301, "spacing": 4.0, "scale": 0.0, "region": 0.0, "outside": 2.0, "warp": 1.0}
    person = next(one for one in draw_people(made | {"null_cohort": False}) if one.group == 1)
    picture, affine = draw_picture(made, person), template_head(4.0).grid.affine
    brain = Volume(picture.restored * picture.mask, affine)
    by_brain = register(brain, template, "affine", tmp_path / "b_")
    by_head = register_whole_head(Volume(picture.scanned, affine), template, "affine", tmp_path / "w_")
    sizes = [np.cbrt(np.linalg.det(linear_part(one)[:3, :3])) for one in (by_brain, by_head)]
    assert person.fat > 4 and sizes[1] == pytest.approx(sizes[0], abs=0.03)


def test_a_volume_without_a_head_is_refused(turned, template, tmp_path):
    empty = Volume(np.zeros_like(turned[0].data), turned[0].affine)
    with pytest.raises(InputError, match="no head found in the volume"):
        register_whole_head(empty, template, "affine", tmp_path / "w_")
