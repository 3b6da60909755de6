"""A small study's volumes, made by the functions that the rules call, before the validator of the BIDS maintainers.

It compares names, sidecars, NIfTI headers and the description with the schema of BIDS, derivatives included, and needs
no network. The older validator that npm has knows the names of raw datasets only and calls every derivative a fault.
"""

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from tests.library.volumes.made_head import known_affine, made_head
from voxplain.volumes.prepare import ROOT, TemplateFiles, prepare_scan, refuse_scan
from voxplain.volumes.sidecars import dataset_files, source_sidecar
from voxplain.volumes.template import load_template
from voxplain.volumes.volume import save_volume

INSTALLED = ROOT / "build" / "bids-validator" / "bin" / "bids-validator-deno"
VALIDATOR = str(INSTALLED) if INSTALLED.is_file() else shutil.which("bids-validator-deno")
HOW = "no BIDS validator: make build/bids-validator, or pip install bids-validator-deno==3.0.2"
INPUTS = {"affine": ("sub-1", "affine"), "warped": ("sub-2_ses-m06", "syn")}
SETTINGS = {"strip": "archive", "bias": False, "intensity": "brain_mean", "timeout": 300}

pytestmark = [pytest.mark.slow, pytest.mark.skipif(VALIDATOR is None, reason=HOW)]


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """Results of a study of three scans: one of a session, by warp; one without, affine; and one refused."""
    results = tmp_path_factory.mktemp("results")
    made = load_template({"image": "mni152", "mask": None, "spacing": 6.0, "margin": None})
    template = TemplateFiles(*(results / "template" / f"mni152_{part}.nii.gz" for part in ("T1w", "mask")), "mni152")
    template.image.parent.mkdir()
    save_volume(template.image, made.image)
    save_volume(template.mask, made.mask, np.uint8)
    for number, (name, (scan, transform)) in enumerate(INPUTS.items()):
        folder = results / "volumes" / scan.replace("_", "/") / "anat"
        folder.mkdir(parents=True)
        paths = []
        for kind, volume in zip(("T1w", "mask"), made_head(known_affine(number)), strict=True):
            paths.append(folder / f"{scan}_desc-source_{kind}.nii.gz")
            save_volume(paths[-1], volume, np.float32 if kind == "T1w" else np.uint8)
            (folder / f"{scan}_desc-source_{kind}.json").write_text(json.dumps(source_sidecar(kind)))
        status = prepare_scan(*paths, template, SETTINGS | {"transform": transform}, folder, scan, name)
        assert status["accepted"], status["reason"]
        (folder / f"{scan}_desc-{name}_status.json").write_text(json.dumps(status))
    refused = results / "volumes" / "sub-3" / "anat"
    refused.mkdir(parents=True)
    status = refuse_scan(refused, "sub-3", "affine", "extract", "no such member")
    (refused / "sub-3_desc-affine_status.json").write_text(json.dumps(status))
    for file, text in dataset_files("made", ["https://www.humanconnectome.org"]).items():
        (results / "volumes" / file).write_text(text)
    return results


def errors(folder):
    """Codes and places of what the validator calls errors."""
    ran = subprocess.run([VALIDATOR, folder, "--format", "json"], capture_output=True, text=True, timeout=120)
    found = json.loads(ran.stdout)
    assert found["summary"]["totalFiles"] > 10
    return {
        (issue["code"], issue.get("location", ""))
        for issue in found["issues"]["issues"]
        if issue["severity"] == "error"
    }


def test_the_volumes_of_a_study_are_a_valid_bids_derivative(study):
    assert errors(study / "volumes") == set()


def test_every_file_that_a_sidecar_names_is_there(study):
    volumes, named = study / "volumes", []
    links = json.loads((volumes / "dataset_description.json").read_text())["DatasetLinks"]
    for sidecar in volumes.rglob("*_space-*_desc-*.json"):
        described = json.loads(sidecar.read_text())
        named += [*described["Sources"], described["SpatialReference"]]
    assert len(named) == 12
    for uri in named:
        _, dataset, path = uri.split(":")
        assert (volumes / links.get(dataset, ".") / path).is_file(), uri


def renamed(folder):
    here = folder / "sub-1" / "anat" / "sub-1_space-mni152_desc-affine_T1w.nii.gz"
    here.rename(here.with_name("sub-1_desc-affine_space-mni152_T1w.nii.gz"))


def without_sidecar(folder):
    (folder / "sub-1" / "anat" / "sub-1_desc-source_T1w.json").unlink()


def without_ignored_names(folder):
    (folder / ".bidsignore").unlink()


def without_description(folder):
    (folder / "dataset_description.json").unlink()


def cut(folder):
    (folder / "sub-1" / "anat" / "sub-1_desc-source_mask.nii.gz").write_bytes(b"\x1f\x8b")


@pytest.mark.parametrize(
    ("change", "code", "place"),
    [
        (renamed, "FILENAME_MISMATCH", "sub-1_desc-affine_space-mni152_T1w.nii.gz"),
        (without_sidecar, "SIDECAR_KEY_REQUIRED", "sub-1_desc-source_T1w.nii.gz"),
        (without_ignored_names, "NOT_INCLUDED", "sub-1_desc-affine_status.json"),
        (without_description, "ENTITY_NOT_IN_RULE", "sub-1_desc-source_T1w.nii.gz"),
        (cut, "NIFTI_HEADER_UNREADABLE", "sub-1_desc-source_mask.nii.gz"),
    ],
)
def test_the_validator_sees_what_is_broken(study, tmp_path, change, code, place):
    folder = Path(shutil.copytree(study / "volumes", tmp_path / "volumes"))
    change(folder)
    assert (code, place) in {(one, Path(where).name) for one, where in errors(folder)}
