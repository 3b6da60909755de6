"""What scans that are not as they should be become, with ANTs as it runs in studies, and that none goes unmarked."""

import nibabel
import numpy as np
import pytest

from tests.library.volumes.made_head import save_nifti
from tests.library.volumes.wrong_scans import WRONG, data_changed, header_changed, necked, ordinary
from voxplain.volumes import prepare
from voxplain.volumes.one_scan import prepared_or_refused
from voxplain.volumes.outliers import quality_table
from voxplain.volumes.prepare import TemplateFiles, prepare_scan
from voxplain.volumes.volume import save_volume

# on one worker, so that what all these tests look at is made once
pytestmark = pytest.mark.xdist_group("wrong_scans")

SETTINGS = {"transform": "affine", "strip": "archive", "bias": False, "intensity": "brain_mean", "timeout": 100}
ORDINARY = 6


@pytest.fixture(scope="module")
def prepared(template, tmp_path_factory):
    """Prepares a head with its mask as a study does, once for each name, and returns its status."""
    folder = tmp_path_factory.mktemp("wrong")
    save_volume(folder / "T1w.nii.gz", template.image)
    save_volume(folder / "template_mask.nii.gz", template.mask, np.uint8)
    given = TemplateFiles(folder / "T1w.nii.gz", folder / "template_mask.nii.gz", "mni152")

    statuses = {}

    def run(name, head, mask, **settings):
        if (name, *settings.values()) in statuses:
            return statuses[name, *settings.values()]
        save_volume(folder / "head.nii", head)
        save_volume(folder / "mask.nii", mask, np.uint8)
        status = prepare_scan(
            folder / "head.nii", folder / "mask.nii", given, SETTINGS | settings, folder / "anat", name, "affine"
        )
        return statuses.setdefault((name, *settings.values()), status)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(prepare, "_in_a_process", lambda job, timeout: prepared_or_refused(job))
        yield run


@pytest.fixture(scope="module")
def usual(prepared):
    """The statuses of ordinary heads, by transform."""
    return {
        transform: [prepared(f"good {n}", *ordinary(n)[:2], transform=transform) for n in range(ORDINARY)]
        for transform in ("affine", "none")
    }


def judged(usual, status, transform="affine"):
    """The row of a scan in the table of its cohort."""
    table = quality_table([*usual[transform], status]).set_index("scan")
    return table.loc[status["scan"]]


def test_ordinary_heads_are_accepted_and_most_are_not_marked(usual):
    assert all(status["accepted"] for status in usual["affine"])
    assert (quality_table(usual["affine"])["flag"] == "").sum() > ORDINARY / 2


@pytest.mark.parametrize(
    ("wrong", "flag", "said"),
    [
        ("upside down", "refused", "correlation with the template inside the brain is 0."),
        ("back to front", "refused", "correlation with the template inside the brain is 0."),
        ("axes swapped", "refused", "correlation with the template inside the brain is 0."),
        ("header upside down", "refused", "correlation with the template inside the brain is 0."),
        ("turned by 60 degrees", "refused", "correlation with the template inside the brain is 0."),
        ("turned by 90 degrees", "refused", "correlation with the template inside the brain is 0."),
        ("turned by 35 degrees", "outlier", "rotation "),
        ("header says small voxels", "refused", "scales the brain's volume by 0.34"),
        ("header says thicker slices", "outlier", "shear "),
        ("header says elsewhere", "outlier", "shift "),
        ("mask with neck", "outlier", "dice "),
    ],
)
def test_a_wrong_scan_is_left_out_or_marked_with_what_is_wrong(prepared, usual, wrong, flag, said):
    row = judged(usual, prepared(wrong, *WRONG[wrong]()[:2]))
    assert row["flag"] == flag and said in row["why"]


def test_every_wrong_scan_is_in_the_test_above():
    listed = test_a_wrong_scan_is_left_out_or_marked_with_what_is_wrong.pytestmark[0].args[1]
    assert {row[0] for row in listed} == set(WRONG)


def test_a_head_that_is_turned_but_found_again_is_as_well_aligned_as_the_others(prepared, usual):
    found = prepared("turned by 35 degrees", *WRONG["turned by 35 degrees"]()[:2])["measures"]
    for name in ("correlation", "dice"):
        assert found[name] > min(one["measures"][name] for one in usual["affine"]) - 0.01


@pytest.mark.parametrize("wrong", ["upside down", "turned by 35 degrees", "header says thicker slices"])
def test_without_registration_what_does_not_lie_on_the_template_is_marked(prepared, usual, wrong):
    row = judged(usual, prepared(wrong, *WRONG[wrong]()[:2], transform="none"), "none")
    assert row["flag"] == "outlier" and ("correlation " in row["why"] or "dice " in row["why"])


def test_without_registration_a_head_outside_the_template_is_left_out(prepared):
    status = prepared("elsewhere", *WRONG["header says elsewhere"]()[:2], transform="none")
    assert not status["accepted"] and "look at the volume" in status["reason"]


def test_a_neck_is_not_taken_for_brain_unmarked(prepared, usual):
    row = judged(usual, prepared("necked", *necked()[:2], strip="ants"))
    assert row["flag"] in ("refused", "outlier", "review") or row["dice"] > 0.96


def test_a_neck_outside_the_mask_does_no_harm(prepared, usual):
    found = prepared("necked", *necked()[:2])
    assert found["accepted"] and found["measures"]["correlation"] > 0.98 and found["measures"]["dice"] > 0.97


def test_a_header_whose_forms_disagree_on_left_and_right_is_refused(prepared, tmp_path, moved, template):
    head, mask = moved[:2]
    path = save_nifti(tmp_path / "head.nii", head.data, head.affine)
    image = nibabel.load(path)
    image.set_qform(head.affine @ np.diag([-1, 1, 1, 1]), 1)
    nibabel.save(image, tmp_path / "twice.nii")
    save_volume(tmp_path / "mask.nii", mask, np.uint8)
    save_volume(tmp_path / "T1w.nii", template.image)
    save_volume(tmp_path / "template_mask.nii", template.mask, np.uint8)
    given = TemplateFiles(tmp_path / "T1w.nii", tmp_path / "template_mask.nii", "mni152")
    status = prepare_scan(tmp_path / "twice.nii", tmp_path / "mask.nii", given, SETTINGS, tmp_path, "sub-1", "affine")
    assert not status["accepted"] and "left and right are swapped" in status["reason"]


@pytest.mark.parametrize("flipped", ["data", "header"])
def test_a_flip_of_left_and_right_that_data_or_whole_header_carry_is_what_nobody_can_see(prepared, moved, flipped):
    mirrored = data_changed(lambda data: data[::-1]) if flipped == "data" else header_changed(-1, 1, 1)
    status, right = prepared(f"mirrored {flipped}", *mirrored), prepared("right", *moved[:2])
    assert status["accepted"]
    for name in ("correlation", "dice", "nmi", "determinant", "rotation", "cnr", "snr", "efc"):
        assert status["measures"][name] == pytest.approx(right["measures"][name], rel=0.02), name
