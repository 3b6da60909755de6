import tempfile
from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage

from tests.library.volumes.made_head import known_affine, made_head
from voxplain.errors import InputError
from voxplain.volumes.quality import dice
from voxplain.volumes.registration import apply, linear_part, register, warp_determinant
from voxplain.volumes.volume import Volume


def brain_of(head, mask):
    return Volume(head.data * mask.data, head.affine)


def brain_points(template):
    indices = np.argwhere(template.mask.data > 0)[::11]
    return indices @ template.mask.affine[:3, :3].T + template.mask.affine[:3, 3]


def distance(one, other, points):
    """Mean distance in mm between where two matrices take ``points``."""
    turned, shift = (one - other)[:3, :3], (one - other)[:3, 3]
    return np.linalg.norm(points @ turned.T + shift, axis=1).mean()


@pytest.fixture(scope="module")
def registered(moved, template, tmp_path_factory):
    folder = tmp_path_factory.mktemp("affine")
    return register(brain_of(*moved[:2]), template, "affine", folder / "a_")


def test_a_known_affine_is_recovered(registered, moved, template):
    assert distance(linear_part(registered), moved[2], brain_points(template)) < 0.4


@pytest.mark.parametrize("seed", [2, 3])
def test_a_known_rigid_motion_is_recovered_without_scaling(seed, template, tmp_path):
    matrix = known_affine(seed, stretch=0)
    found = linear_part(register(brain_of(*made_head(matrix, seed)), template, "rigid", tmp_path / "r_"))
    assert np.linalg.det(found[:3, :3]) == pytest.approx(1, abs=1e-4)
    assert distance(found, matrix, brain_points(template)) < 0.5


def test_registration_repeats_bit_for_bit_and_leaves_nothing_elsewhere(registered, moved, template, tmp_path):
    before = set(Path(tempfile.gettempdir()).glob("*[wW]arp*")) | set(Path(tempfile.gettempdir()).glob("*.mat"))
    again = register(brain_of(*moved[:2]), template, "affine", tmp_path / "b_")
    assert [path.read_bytes() for path in again.forward] == [path.read_bytes() for path in registered.forward]
    one, other = (apply(moved[0], template.image, found.forward).data for found in (registered, again))
    assert one.tobytes() == other.tobytes()
    after = set(Path(tempfile.gettempdir()).glob("*[wW]arp*")) | set(Path(tempfile.gettempdir()).glob("*.mat"))
    assert after <= before


def test_a_volume_goes_to_the_template_and_back(registered, moved, template):
    head, mask, _ = moved
    there = apply(head, template.image, registered.forward)
    assert there.same_grid(template.image)
    back = apply(there, head, registered.inverse, inverse=True)
    inside = ndimage.binary_erosion(mask.data > 0, iterations=2)
    assert back.same_grid(head)
    # Two linear interpolations blur, and the noise goes: what is left must be the same anatomy in the same place
    smooth = ndimage.gaussian_filter(head.data, 0.8)
    assert np.corrcoef(back.data[inside], smooth[inside])[0, 1] > 0.97


@pytest.mark.parametrize("interpolation", ["nearest", "label"])
def test_labels_arrive_without_new_values(registered, moved, template, interpolation):
    head, mask, _ = moved
    labels = Volume(mask.data * (1 + 6 * (np.indices(mask.data.shape)[0] > 27)), head.affine)
    carried = apply(labels, template.image, registered.forward, interpolation)
    assert set(np.unique(carried.data)) == {0, 1, 7}
    assert dice(carried.data > 0, template.mask.data) > 0.97


def test_without_a_transform_only_the_grid_changes(moved, template):
    head = moved[0]
    still = register(head, template, "none", "unused")
    assert still.forward == still.inverse == ()
    np.testing.assert_array_equal(linear_part(still), np.eye(4))
    np.testing.assert_allclose(apply(head, head, still.forward).data, head.data, rtol=1e-5, atol=1e-3)


def test_what_lies_outside_of_the_scan_is_zero(moved, template):
    far = Volume(moved[0].data + 10, moved[0].affine + [[0, 0, 0, 500], [0] * 4, [0] * 4, [0] * 4])
    assert apply(far, template.image, ()).data.max() == 0


def test_an_empty_brain_is_refused(moved, template, tmp_path):
    with pytest.raises(InputError, match="nothing above zero inside the brain mask"):
        register(Volume(moved[0].data * 0, moved[0].affine), template, "affine", tmp_path / "e_")


@pytest.mark.slow
def test_syn_comes_closer_than_affine_and_has_an_inverse(moved, template, tmp_path):
    head, mask, _ = moved
    bend = 6 * np.sin(np.indices(head.data.shape) / 6).astype(np.float32) / 4
    bent, bent_mask = (
        Volume(ndimage.map_coordinates(v.data, np.indices(v.data.shape) + bend[::-1], order=order), v.affine)
        for v, order in ((head, 1), (mask, 0))
    )
    brain = brain_of(bent, bent_mask)
    found = {kind: register(brain, template, kind, tmp_path / f"{kind}_") for kind in ("affine", "syn")}
    inside = template.mask.data > 0
    close = {
        kind: np.corrcoef(apply(brain, template.image, one.forward).data[inside], template.image.data[inside])[0, 1]
        for kind, one in found.items()
    }
    assert close["syn"] > close["affine"] + 0.02
    determinant = warp_determinant(found["syn"])
    assert determinant.shape == template.image.data.shape
    assert determinant[inside].min() > 0.2 and determinant[inside].max() < 4
    assert determinant[inside].mean() == pytest.approx(1, abs=0.1)
    there = apply(bent_mask, template.image, found["syn"].forward, "label")
    back = apply(there, bent_mask, found["syn"].inverse, "label", inverse=True)
    assert dice(back.data, bent_mask.data) > 0.96
    again = register(brain, template, "syn", tmp_path / "again_")
    one, other = (apply(bent, template.image, way.forward).data for way in (found["syn"], again))
    assert one.tobytes() == other.tobytes()
