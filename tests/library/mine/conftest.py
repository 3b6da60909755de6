from types import SimpleNamespace

import nibabel
import numpy as np
import pytest
import torch
from PIL import Image as Pillow

NETWORK = '''
"""A network as somebody might write it, with a neighbour that it imports."""

from torch import nn

from sizes import WIDTH


class Net(nn.Module):
    def __init__(self, axes=3, channels=1, classes=2, width=WIDTH):
        super().__init__()
        convolution = nn.Conv3d if axes == 3 else nn.Conv2d
        pool = nn.AdaptiveAvgPool3d if axes == 3 else nn.AdaptiveAvgPool2d
        self.first = convolution(channels, width, 3)
        self.second = convolution(width, 8, 3, stride=2)
        self.pool = pool(1)
        self.head = nn.Linear(8, classes)

    def forward(self, volumes):
        found = self.second(self.first(volumes).relu()).relu()
        return self.head(self.pool(found).flatten(1))


class OfOneShape(nn.Module):
    def __init__(self, numbers):
        super().__init__()
        self.head = nn.Linear(numbers, 2)

    def forward(self, volumes):
        return self.head(volumes.flatten(1))


def build(**options):
    return Net(**options)


def broken():
    raise ValueError("no such\\nwidth")


def number():
    return 7


ready = Net(classes=4)
WIDE = 3
'''
# axes that point to the left, down and to the back, turned by some degrees
TURN = np.array([[-0.96, 0.0, 0.28], [0.28, 0.0, 0.96], [0.0, -1.0, 0.0]])
SHAPE = (14, 11, 17)


@pytest.fixture
def mine(tmp_path, monkeypatch):
    """A folder, which is the current one, with a network, its weights, an oblique scan and a picture of one's own."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.py").write_text(NETWORK)
    (tmp_path / "sizes.py").write_text("WIDTH = 4\n")
    affine = np.eye(4)
    affine[:3, :3] = TURN * [2.0, 1.5, 3.0]
    affine[:3, 3] = [31, -22, 40]
    scan = np.random.default_rng(1).gamma(2, 1, SHAPE).astype(np.float32)
    scan[:2] = 0
    image = nibabel.Nifti1Image(scan, affine)
    image.set_qform(affine, 1)
    image.set_sform(affine, 1)
    nibabel.save(image, tmp_path / "scan.nii.gz")
    photo = np.random.default_rng(2).integers(0, 256, (18, 23, 3), dtype=np.uint8)
    Pillow.fromarray(photo).save(tmp_path / "photo.png")
    from voxplain.mine.model import own_model

    networks = {3: own_model("net.py:build"), 2: own_model("net.py:build", {"axes": 2, "channels": 3})}
    for axes, network in networks.items():
        torch.save(network.state_dict(), tmp_path / f"net{axes}.pt")
    return SimpleNamespace(folder=tmp_path, networks=networks, scan=scan, affine=affine, photo=photo)
