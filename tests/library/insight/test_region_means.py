import numpy as np
import pytest
from scipy import ndimage

from tests.library.insight.made_regions import LABELS, NAMES, SHAPE, made_volumes
from voxplain.errors import InputError
from voxplain.insight.region_means import region_means
from voxplain.store import Volumes, write_store


@pytest.fixture
def volumes(tmp_path):
    return made_volumes(tmp_path / "store.h5", 5)


def test_a_mean_is_scipys_and_regions_without_a_voxel_have_no_column(volumes):
    mask = np.random.default_rng(1).random(SHAPE) > 0.4
    found = region_means(volumes, LABELS, NAMES, mask)
    assert list(found.index) == volumes.scans
    assert list(found) == ["left one", "right one", "two", "three", "four"]
    for scan, volume in zip(volumes.scans, volumes, strict=True):
        expected = ndimage.mean(volume[0].numpy().astype(float), np.where(mask, LABELS, 0), [3, 5, 8, 9, 12])
        assert np.allclose(found.loc[scan], expected, rtol=1e-6)


def test_each_channel_has_columns_of_its_own(tmp_path):
    data = np.random.default_rng(2).random((2, *SHAPE))
    write_store(
        tmp_path / "store.h5", [("a", "a", data, np.ones(SHAPE))], np.eye(4), "t", {}, channels=("intensity", "x")
    )
    found = region_means(Volumes(tmp_path / "store.h5"), LABELS, NAMES)
    assert found.shape == (1, 10)
    assert found["two (channel 1)"].item() == pytest.approx(data[1][LABELS == 8].mean(), rel=1e-3)


def test_what_is_no_atlas_of_the_volumes_is_refused_in_a_line(volumes, tmp_path):
    with pytest.raises(InputError, match="atlas: shape .* but the volumes have .*; bring it to their grid"):
        region_means(volumes, LABELS[1:], NAMES)
    with pytest.raises(InputError, match="no region has a voxel that counts"):
        region_means(volumes, LABELS, NAMES, LABELS == 0)
    with pytest.raises(InputError, match="label 12 has no name"):
        region_means(volumes, LABELS, {one: NAMES[one] for one in (3, 5, 8, 9)})
    write_store(tmp_path / "own.h5", [("a", "a", np.ones(SHAPE), np.ones(SHAPE), np.eye(4))], None, "native", {})
    with pytest.raises(InputError, match="a space of its own"):
        region_means(Volumes(tmp_path / "own.h5"), LABELS, NAMES)
