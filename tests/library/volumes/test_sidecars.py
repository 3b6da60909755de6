import json
import subprocess
import sys

import pytest

from voxplain import __version__
from voxplain.volumes.prepare import ROOT
from voxplain.volumes.sidecars import (
    dataset_description,
    dataset_files,
    prepared_sidecars,
    source_sidecar,
    stripped_by_name,
)

SETTINGS = {"transform": "affine", "strip": "ants", "bias": True, "intensity": "max", "timeout": 9}


def test_the_volumes_of_a_study_describe_themselves_as_a_derivative_of_voxplain():
    described = dataset_description("demo")
    assert {"Name", "BIDSVersion", "DatasetType", "GeneratedBy", "DatasetLinks"} == set(described)
    assert described["DatasetType"] == "derivative"
    assert described["GeneratedBy"] == [{"Name": "voxplain", "Version": __version__}]
    assert dataset_description("demo", ["https://a.org"])["SourceDatasets"] == [{"URL": "https://a.org"}]


def test_the_files_of_the_dataset_are_text_and_the_same_each_time():
    files = dataset_files("demo")
    assert files == dataset_files("demo")
    assert json.loads(files["dataset_description.json"]) == dataset_description("demo")
    assert "*_status.json\n" in files[".bidsignore"] and "demo" in files["README"]


def test_a_source_says_whether_its_skull_is_gone_and_a_mask_that_it_is_the_brains():
    assert source_sidecar("T1w")["SkullStripped"] is False
    assert source_sidecar("T1w", stripped=True)["SkullStripped"] is True
    assert source_sidecar("mask")["Type"] == "Brain" and "SkullStripped" not in source_sidecar("mask")


@pytest.mark.parametrize(
    ("member", "stripped"),
    [
        ("T1w/T1w_acpc_dc_restore_brain.nii.gz", True),
        ("T1w/T1w_acpc_dc_restore.nii.gz", False),
        ("T1w_brain/T1w.nii.gz", False),
        ("sub-1_desc-brain_T1w.nii.gz", True),
        ("HEAD_BET.NII", True),
    ],
)
def test_a_name_may_say_that_the_skull_is_gone(member, stripped):
    assert stripped_by_name(member) is stripped


def test_sources_are_named_from_the_root_of_the_dataset():
    made = prepared_sidecars("sub-1_ses-m06", SETTINGS, ["a.nii.gz"], "mni152_T1w.nii.gz", [3.0, 3.0, 2.5], True)
    assert made["volume"]["Sources"] == ["bids::sub-1/ses-m06/anat/a.nii.gz"]
    assert made["mask"]["SpatialReference"] == "bids:template:mni152_T1w.nii.gz"
    assert made["mask"]["Resolution"].endswith("3 x 3 x 2.5 mm")
    assert "Sources" not in prepared_sidecars("sub-1", SETTINGS, [], "T1w.nii.gz", [3.0] * 3, True)["mask"]
    assert made["volume"]["SkullStripped"] is True and "maximum" in made["volume"]["Description"]


def test_the_module_needs_no_tool_that_reads_volumes():
    code = "import sys, voxplain.volumes.sidecars; print({'numpy', 'nibabel', 'pandas', 'ants'} & set(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert ran.stdout.strip() == "set()"


def test_a_volume_of_a_recipe_without_registration_says_that_it_lies_in_its_own_space():
    settings = {"transform": "none", "intensity": "max", "strip": "ants", "recipe": "voxcnn_110"}
    made = prepared_sidecars("sub-1", settings, [], "mni152_T1w.nii.gz", [1.98] * 3, True)
    for one in made.values():
        assert one["SpatialReference"] == "orig" and "the scan's own space" in one["Description"]
        assert one["Resolution"] == "the grid of the recipe voxcnn_110, 1.98 x 1.98 x 1.98 mm"
