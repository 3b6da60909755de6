import json

import nibabel
import numpy as np
import pytest
import torch

from scripts.explain_mine import explain_mine
from voxplain.attribution.attribute import attribute
from voxplain.attribution.table import method_options, methods
from voxplain.mine.model import own_model
from voxplain.mine.settings import own_settings

NETWORK = """
from torch import nn


def build(axes, classes=2):
    convolution, pool = (nn.Conv3d, nn.AdaptiveAvgPool3d) if axes == 3 else (nn.Conv2d, nn.AdaptiveAvgPool2d)
    return nn.Sequential(convolution(1, 3, 3), nn.ReLU(), pool(1), nn.Flatten(), nn.Linear(3, classes))
"""


@pytest.fixture
def threads():
    kept = torch.get_num_threads()
    yield
    torch.set_num_threads(kept)


def test_the_settings_reach_the_map_and_its_files(tmp_path, monkeypatch, threads):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.py").write_text(NETWORK)
    scan = np.random.default_rng(1).normal(size=(9, 12, 10)).astype(np.float32)
    affine = np.diag([2.0, 3, 4, 1])
    nibabel.save(nibabel.Nifti1Image(scan, affine), "scan.nii.gz")
    user = {"model": "net.py:build", "model_options": {"axes": "3", "classes": "3"}, "volume": "scan.nii.gz"}
    user |= {"method": "occlusion", "options": {"size": "4", "stride": "3"}, "target": 2, "score": "probability"}
    user |= {"intensity": "zscore", "axes": "LPS", "name": "own", "threads": 1}
    asked = own_settings(user, {name: method_options(name) for name in methods()})
    paths = explain_mine(tmp_path / "results", asked=asked)
    assert sorted(path.name for path in paths.values()) == ["own_map.json", "own_map.nii.gz", "own_map.png"]
    network = own_model("net.py:build", {"axes": 3, "classes": 3})
    shown = ((scan - scan.mean()) / scan.std())[::-1, ::-1].copy()
    volumes = torch.from_numpy(shown)[None, None]
    expected = attribute(network, volumes, "occlusion", target=2, score="probability", size=4, stride=3)[0, 0].numpy()
    found = nibabel.load(paths["map"])
    np.testing.assert_allclose(found.get_fdata(), expected[::-1, ::-1], rtol=1e-3, atol=1e-6)
    np.testing.assert_array_equal(found.affine, affine)
    said = json.loads(paths["about"].read_text())
    assert (said["class"], said["score"], said["intensity"], said["axes"]) == (2, "probability", "zscore", "LPS")
    assert said["options"] == {"size": 4, "stride": 3}
