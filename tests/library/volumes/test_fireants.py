import sys

import pytest

from voxplain.errors import SettingsError
from voxplain.volumes.fireants import register_by_fireants
from voxplain.volumes.prepare import TemplateFiles, prepare_scan
from voxplain.volumes.quality import dice
from voxplain.volumes.registration import apply, register
from voxplain.volumes.volume import Volume

IMAGES = """
import nibabel, numpy as np

class Image:
    @classmethod
    def load_file(cls, path, device):
        assert device == "cpu"
        image, one = nibabel.load(path), cls()
        one.affine, one.shape = image.affine, image.shape
        return one

class BatchedImages(list):
    pass
"""
GREEDY = '''
import nibabel, numpy as np

class GreedyRegistration:
    """Moves everything 4 mm to the left."""

    def __init__(self, scales, iterations, fixed_images, moving_images, loss_type, cc_kernel_size, progress_bar):
        assert len(scales) == len(iterations) and loss_type == "cc" and cc_kernel_size % 2 and not progress_bar
        (self.fixed,), (moving,) = fixed_images, moving_images
        assert self.fixed.shape == moving.shape and np.allclose(self.fixed.affine, moving.affine)
        self.done = False

    def optimize(self):
        print("as the real one does")
        self.done = True

    def save_as_ants_transforms(self, filename, save_inverse=False):
        assert self.done
        warp = np.zeros((*self.fixed.shape, 1, 3), np.float32)
        warp[..., 0] = 4 if save_inverse else -4
        image = nibabel.Nifti1Image(warp, self.fixed.affine)
        image.header.set_intent("vector")
        nibabel.save(image, filename)
'''


@pytest.fixture
def fireants(tmp_path_factory, monkeypatch):
    """A package that is called as FireANTs is, and whose warp is known."""
    folder = tmp_path_factory.mktemp("packages")
    for name, text in (("io/image", IMAGES), ("registration/greedy", GREEDY)):
        (folder / "fireants" / name).parent.mkdir(parents=True)
        (folder / "fireants" / name).parent.joinpath("__init__.py").touch()
        (folder / "fireants" / f"{name}.py").write_text(text)
    (folder / "fireants" / "__init__.py").touch()
    monkeypatch.syspath_prepend(folder)
    yield
    for name in [name for name in sys.modules if name.split(".")[0] == "fireants"]:
        del sys.modules[name]


def test_the_warp_is_fireants_and_the_affine_that_of_ants(fireants, moved, template, tmp_path, capfd):
    head, mask, _ = moved
    brain = Volume(head.data * mask.data, head.affine)
    found = register_by_fireants(brain, template, tmp_path / "f_", "auto")
    assert capfd.readouterr().out == ""
    assert [path.name for path in found.forward] == ["f_1Warp.nii.gz", "f_0GenericAffine.mat"]
    assert [path.name for path in found.inverse] == ["f_0GenericAffine.mat", "f_1InverseWarp.nii.gz"]
    assert {path.name for path in tmp_path.iterdir()} == {path.name for path in (*found.forward, found.inverse[1])}
    alone = register(brain, template, "affine", tmp_path / "a_")
    there, before = (apply(mask, template.image, one.forward, "nearest").data for one in (found, alone))
    # ITK's x points to the left: template points are sought 4 mm, one voxel, further right, so all moves left
    assert dice(there[:-1], before[1:]) > 0.999
    back = apply(apply(mask, template.image, found.forward, "label"), mask, found.inverse, "label", inverse=True)
    assert dice(back.data, mask.data) > 0.97


def test_without_fireants_it_is_one_line_before_any_work(tmp_path, monkeypatch):
    monkeypatch.setattr("voxplain.volumes.prepare.find_spec", lambda name: None)
    settings = {"transform": "syn", "strip": "ants", "engine": "fireants"}
    with pytest.raises(SettingsError, match="engine is fireants, which is not installed here"):
        prepare_scan("head.nii.gz", None, TemplateFiles("a", "b", "c"), settings, tmp_path, "sub-1", "warped")
    assert list(tmp_path.iterdir()) == []
