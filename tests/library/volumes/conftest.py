import numpy as np
import pytest

from tests.library.volumes.made_head import known_affine, made_head, small_template
from voxplain.volumes import prepare
from voxplain.volumes.one_scan import prepared_or_refused
from voxplain.volumes.volume import save_volume


@pytest.fixture(scope="session")
def template():
    return small_template()


@pytest.fixture(scope="session")
def moved():
    """A head moved by a known affine: head, brain mask, and the matrix from template to native millimetres."""
    matrix = known_affine(1)
    return *made_head(matrix), matrix


@pytest.fixture
def here(monkeypatch):
    """The steps of preparing a scan without the second process, whose start takes seconds."""
    monkeypatch.setattr(prepare, "_in_a_process", lambda job, timeout: prepared_or_refused(job))


@pytest.fixture(scope="module")
def files(template, moved, tmp_path_factory):
    """Folder with a template and one head with its mask, as rules find them."""
    folder = tmp_path_factory.mktemp("study")
    save_volume(folder / "T1w.nii.gz", template.image)
    save_volume(folder / "mask.nii.gz", template.mask, np.uint8)
    save_volume(folder / "head.nii.gz", moved[0], np.int16)
    save_volume(folder / "brain.nii.gz", moved[1], np.uint8)
    return folder
