"""One's own network and scan, by the workflow: from a folder that holds nothing else, and without a study."""

import json

import nibabel
import numpy as np
import pytest
from PIL import Image as Pillow

from tests.workflow.checkout import Checkout, jobs_in

pytestmark = pytest.mark.xdist_group("planning")
NETWORK = """
from torch import nn


def build(axes=3, channels=1):
    convolution, pool = (nn.Conv3d, nn.AdaptiveAvgPool3d) if axes == 3 else (nn.Conv2d, nn.AdaptiveAvgPool2d)
    return nn.Sequential(convolution(channels, 3, 3), nn.ReLU(), pool(1), nn.Flatten(), nn.Linear(3, 2))
"""


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    return Checkout(tmp_path_factory.mktemp("workflow"))


@pytest.fixture
def own(checkout, tmp_path):
    """Run the workflow on one's own files, with its results in another folder."""
    (tmp_path / "net.py").write_text(NETWORK)
    generator = np.random.default_rng(1)
    scan = generator.random((9, 12, 10), np.float32)
    nibabel.save(nibabel.Nifti1Image(scan, np.diag([-2.0, 3, 4, 1])), tmp_path / "scan.nii.gz")
    Pillow.fromarray(generator.integers(0, 256, (16, 20, 3), dtype=np.uint8)).save(tmp_path / "photo.jpg")

    def run(*arguments, volume="scan.nii.gz", model="net.py:build", **options):
        settings = [f"model={tmp_path / model}", f"volume={tmp_path / volume}"]
        place = ["-s", checkout.folder / "Snakefile", "--directory", tmp_path / "elsewhere"]
        return checkout.snakemake(
            *place, *arguments[:1], "--config", *settings, *arguments[1:], config=None, cwd=tmp_path, **options
        )

    run.folder = tmp_path / "elsewhere" / "results" / "mine"
    return run


def test_a_map_a_picture_and_a_sidecar_come_out_and_come_out_once(own):
    own("explain_mine", "method=grad_cam", "target=1", "options={layer: '1', relu: false}")
    folder = own.folder / "scan_grad_cam"
    assert sorted(path.name for path in folder.iterdir()) == [
        f"scan_grad_cam_map.{suffix}" for suffix in ("json", "nii.gz", "png")
    ]
    image = nibabel.load(folder / "scan_grad_cam_map.nii.gz")
    assert image.shape == (9, 12, 10) and np.array_equal(image.affine, np.diag([-2.0, 3, 4, 1]))
    assert json.loads((folder / "scan_grad_cam_map.json").read_text())["options"] == {"layer": "1", "relu": False}
    assert {path.name for path in own.folder.parent.iterdir()} == {"mine"}
    said = own("explain_mine", "method=grad_cam", "target=1", "options={layer: '1', relu: false}")
    assert "Nothing to be done" in said
    (own.folder.parents[2] / "net.py").write_text(NETWORK.replace("3, 3)", "3, 5)"))
    assert "explain_mine" in own("-n", "method=grad_cam", "target=1", "options={layer: '1', relu: false}")


def test_a_picture_needs_no_more_and_no_study_is_planned_beside_it(own, tmp_path):
    study = tmp_path / "study.yaml"
    study.write_text("study: theirs\ncohort: {source: hcp, archives: /nowhere, table: /nowhere/at/all.csv}\n")
    options = ["method=gradient", "model_options={axes: 2, channels: 3}", "--configfile", str(study)]
    assert jobs_in(own("--quiet=rules", *options, "-n", volume="photo.jpg")) == {"explain_mine": 1}
    own("explain_mine", *options, volume="photo.jpg")
    found = np.load(own.folder / "photo_gradient" / "photo_gradient_map.npy")
    assert found.shape == (16, 20) and found.any()


@pytest.mark.parametrize(
    ("asked", "line"),
    [
        ({"volume": "scam.nii.gz"}, "scam.nii.gz, but there is no such file from"),
        ({"model": "net.py:biuld"}, 'net.py: no builder "biuld" in it; it has build'),
    ],
)
def test_what_is_wrong_is_said_in_one_line(own, asked, line):
    said = own("explain_mine", **asked, check=False)
    assert "Traceback" not in said
    assert [row for row in said.splitlines() if line in row and "Command:" not in row]


def test_without_a_model_it_says_what_it_takes(checkout):
    said = checkout.snakemake("explain_mine", config=None, check=False)
    assert 'setting "model" is missing; explain_mine takes --config model=file.py:function' in said
    assert "Traceback" not in said
