"""The library as somebody has it who installed it: outside of the repository, with nothing of it in the path."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import nibabel
import numpy as np
import pytest
import torch
from PIL import Image as Pillow

import voxplain
from tests.conventions.test_rules import IMPORT_OF, third_party_imports
from voxplain.attribution.table import method_module, methods
from voxplain.lineage import reached

# on one worker, so that what all these tests look at is made once
pytestmark = pytest.mark.xdist_group("installed")

ROOT = Path(__file__).parents[2]
SOURCES = ("voxplain", "pyproject.toml", "README.md", "LICENSE", "THIRD_PARTY_NOTICES.md")
OWN = """
from torch import nn


class Net(nn.Module):
    def __init__(self, axes=3, channels=1):
        super().__init__()
        convolution, self.axes = (nn.Conv3d if axes == 3 else nn.Conv2d), axes
        self.first, self.head = convolution(channels, 4, 3), nn.Linear(4, 2)

    def forward(self, volumes):
        return self.head(self.first(volumes).relu().flatten(2).mean(2))
"""
FIVE_LINES = """
import voxplain
volume = voxplain.explain_file("own.py:Net", "scan.nii.gz", "grad_cam", weights="volume.pt", target=1)
print(*volume.write("maps", "scan").values())
photo = voxplain.explain_file("own:Net", "photo.png", "occlusion", weights="photo.pt", size=6, stride=3,
                              model_options={"axes": 2, "channels": 3})
print(*photo.write("maps", "photo").values())
"""
IN_AN_EMPTY_ENVIRONMENT = """
import sys, voxplain
from importlib.metadata import metadata, version
assert voxplain.__file__.startswith(sys.prefix) and version("voxplain") == voxplain.__version__
print(voxplain.__version__, metadata("voxplain")["License-Expression"])
print(len(voxplain.methods()), len(voxplain.networks()))
try:
    voxplain.attribute
except ModuleNotFoundError as fault:
    print(fault.name)
"""
AS_A_NETWORK = """
import sys, torch, voxplain
sys.path.insert(0, ".")
from own import Net
torch.manual_seed(1)
made = voxplain.explain_file(Net(), "scan.nii.gz", "integrated_gradients", steps=4)
print(voxplain.__file__, made.map.shape, made.about["predicted"])
"""


def pip(*arguments):
    """Run pip without a network: nothing but what is given is installed."""
    ran = subprocess.run([sys.executable, "-m", "pip", *map(str, arguments)], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr[-3000:]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel of a copy of the library's sources, as ``make wheel`` makes it of the sources themselves."""
    sources, target = (tmp_path_factory.mktemp(name) for name in ("sources", "wheel"))
    for part in SOURCES:
        copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy2
        copy(ROOT / part, sources / part)
    pip("wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", target, sources)
    (made,) = target.iterdir()
    return made


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """The folder that pip installed the wheel into."""
    target = tmp_path_factory.mktemp("target")
    pip("install", "--quiet", "--no-deps", "--no-index", "--target", target, wheel)
    return target


@pytest.fixture
def own(installed, tmp_path):
    """A folder with a network, weights, a scan and a photograph; ``own(code)`` is what Python says there."""
    (tmp_path / "own.py").write_text(OWN)
    affine = np.array([[0, 0, 2.5, -9], [-1.5, 0, 0, 8], [0, 2, 0, -7], [0, 0, 0, 1]])
    generator = np.random.default_rng(1)
    nibabel.save(nibabel.Nifti1Image(generator.random((12, 9, 11), np.float32), affine), tmp_path / "scan.nii.gz")
    Pillow.fromarray(generator.integers(0, 256, (15, 19, 3), dtype=np.uint8)).save(tmp_path / "photo.png")
    for name, shape in (("volume", (4, 1, 3, 3, 3)), ("photo", (4, 3, 3, 3))):
        parts = {"first.weight": torch.randn(shape), "first.bias": torch.zeros(4)}
        torch.save(parts | {"head.weight": torch.randn(2, 4), "head.bias": torch.zeros(2)}, tmp_path / f"{name}.pt")

    def run(code):
        kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        ran = subprocess.run(
            [sys.executable, "-c", code], cwd=tmp_path, env=kept | {"PYTHONPATH": str(installed)},
            capture_output=True, text=True,
        )  # fmt: skip
        assert ran.returncode == 0, ran.stderr[-3000:]
        return ran.stdout

    run.folder, run.affine = tmp_path, affine
    return run


def test_a_volume_and_a_photograph_are_explained_from_any_folder(own):
    written = own(FIVE_LINES).split()
    assert written == [f"maps/scan_map.{one}" for one in ("nii.gz", "png", "json")] + [
        f"maps/photo_map.{one}" for one in ("npy", "png", "json")
    ]
    volume, photo = nibabel.load(own.folder / written[0]), np.load(own.folder / written[3])
    np.testing.assert_allclose(volume.affine, own.affine)
    assert volume.shape == (12, 9, 11) and volume.get_fdata().any()
    assert photo.shape == (15, 19) and photo.any()


def test_a_network_of_theirs_is_explained_by_the_installed_library(own, installed):
    said = own(AS_A_NETWORK)
    assert said.startswith(str(installed)) and "(12, 9, 11)" in said


def test_importing_the_installed_library_loads_nothing_heavy(own):
    assert own("import sys, voxplain; print('torch' in sys.modules, 'PIL' in sys.modules)").split() == ["False"] * 2


def test_the_wheel_holds_every_file_of_the_library_and_its_licences(wheel):
    with zipfile.ZipFile(wheel) as opened:
        held = set(opened.namelist())
    tracked = subprocess.run(["git", "ls-files", "voxplain"], cwd=ROOT, check=True, capture_output=True, text=True)
    assert set(tracked.stdout.split()) <= held
    version = voxplain.__version__
    about = f"voxplain-{version}.dist-info"
    assert wheel.name == f"voxplain-{version}-py3-none-any.whl"
    assert {f"{about}/licenses/LICENSE", f"{about}/licenses/THIRD_PARTY_NOTICES.md"} <= held
    assert {name.split("/")[0] for name in held} == {"voxplain", about}, "something besides the library is installed"


def test_in_an_empty_environment_the_wheel_installs_and_imports(wheel, tmp_path):
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "empty"], check=True)
    python = tmp_path / "empty" / "bin" / "python"
    pip("--python", python, "install", "--quiet", "--no-deps", "--no-index", wheel)
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    ran = subprocess.run(
        [python, "-c", IN_AN_EMPTY_ENVIRONMENT], cwd=tmp_path, env=kept, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr[-3000:]
    methods, networks = len(voxplain.methods()), len(voxplain.networks())
    assert ran.stdout.split() == [voxplain.__version__, "BSD-3-Clause", str(methods), str(networks), "torch"]


def test_every_method_needs_no_more_than_the_package_installs_beside_it():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    installed = {re.match(r"[\w-]+", one)[0] for one in project["dependencies"]}
    files = reached(ROOT / "scripts" / "explain_mine.py", *(method_module(name) for name in methods()))
    needed = {name for name, _ in third_party_imports(file for file in files if file.suffix == ".py")}
    # a bar on a terminal, for scripts alone
    assert needed - {"tqdm"} <= {IMPORT_OF.get(name, name) for name in installed}
