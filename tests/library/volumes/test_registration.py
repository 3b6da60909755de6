import tempfile
from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage

from tests.library.volumes.made_head import known_affine, made_head
from voxplain.errors import InputError
from voxplain.volumes import registration
from voxplain.volumes.grids import resampled
from voxplain.volumes.quality import dice
from voxplain.volumes.registration import apply, linear_part, register, warp_determinant
from voxplain.volumes.template import load_template
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


@pytest.fixture(scope="module")
def coarse_template():
    return load_template({"image": "mni152", "mask": None, "spacing": 6.0})


def test_a_known_affine_is_recovered(registered, moved, template):
    assert distance(linear_part(registered), moved[2], brain_points(template)) < 0.4


@pytest.mark.parametrize("seed", [2, 3])
def test_a_known_rigid_motion_is_recovered_without_scaling(seed, template, tmp_path):
    matrix = known_affine(seed, stretch=0)
    found = linear_part(register(brain_of(*made_head(matrix, seed)), template, "rigid", tmp_path / "r_"))
    assert np.linalg.det(found[:3, :3]) == pytest.approx(1, abs=1e-4)
    assert distance(found, matrix, brain_points(template)) < 0.5


def test_a_known_similarity_is_recovered_with_one_scale(template, tmp_path):
    matrix = known_affine(5, stretch=0) @ np.diag([1.06, 1.06, 1.06, 1])
    found = linear_part(register(brain_of(*made_head(matrix, 5)), template, "similarity", tmp_path / "s_"))
    sizes = np.linalg.svd(found[:3, :3], compute_uv=False)
    assert np.ptp(sizes) < 1e-4 and sizes[0] == pytest.approx(1.06, abs=0.01)
    assert distance(found, matrix, brain_points(template)) < 0.5


@pytest.mark.parametrize("transform", ["affine", "fast"])
def test_registration_repeats_bit_for_bit_and_leaves_nothing_elsewhere(transform, moved, coarse_template, tmp_path):
    brain = resampled(brain_of(*moved[:2]), 6.0)

    def elsewhere():
        return {path for pattern in ("*[wW]arp*", "*.mat") for path in Path(tempfile.gettempdir()).glob(pattern)}

    before = elsewhere()
    (tmp_path / "a_1Warp.nii.gz").write_text("left by another run")
    one, other = (register(brain, coarse_template, transform, tmp_path / name) for name in ("a_", "b_"))
    assert elsewhere() <= before
    for way in ("forward", "inverse"):
        first, second = ([path.read_bytes() for path in getattr(found, way)] for found in (one, other))
        assert first == second and len(first) == (2 if transform == "fast" else 1)
    one, other = (apply(moved[0], coarse_template.image, found.forward).data for found in (one, other))
    assert one.tobytes() == other.tobytes()


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


@pytest.mark.parametrize("transform", ["syn_quick", "syn_cc"])
def test_other_warps_of_ants_leave_their_files_too(transform, moved, coarse_template, tmp_path, monkeypatch):
    monkeypatch.setattr(registration, "SYN_ITERATIONS", (5, 2, 1))  # windows of 9 voxels take seconds each
    brain = resampled(brain_of(*moved[:2]), 6.0)
    found = register(brain, coarse_template, transform, tmp_path / "w_")
    assert [path.name for path in found.forward] == ["w_1Warp.nii.gz", "w_0GenericAffine.mat"]
    assert [path.name for path in found.inverse] == ["w_0GenericAffine.mat", "w_1InverseWarp.nii.gz"]
    assert distance(linear_part(found), moved[2], brain_points(coarse_template)) < 2
    inside = coarse_template.mask.data > 0
    there = apply(brain, coarse_template.image, found.forward).data[inside]
    assert np.corrcoef(there, coarse_template.image.data[inside])[0, 1] > 0.9
