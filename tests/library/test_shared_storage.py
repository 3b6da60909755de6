"""Files of HDF5 on a file system whose locks fail or are never given back, as those of networks do."""

import fcntl

import h5py
import numpy as np
import pytest

from voxplain.attribution.maps import read_maps, write_maps
from voxplain.store import Volumes, write_store


@pytest.fixture
def locked():
    """``locked(path)`` holds the lock that HDF5 asks for, as a process would that died elsewhere."""
    held = []

    def lock(path):
        held.append(path.open("rb"))
        fcntl.flock(held[-1], fcntl.LOCK_EX | fcntl.LOCK_NB)
        with pytest.raises(BlockingIOError):
            h5py.File(path, "r", locking=True)

    yield lock
    for file in held:
        file.close()


def test_a_store_is_read_though_somebody_holds_its_lock(tmp_path, locked):
    path, data = tmp_path / "affine.h5", np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    write_store(path, [("sub-1", "sub-1", data, np.ones((2, 3, 4)))], np.eye(4), "mni152", {})
    locked(path)
    np.testing.assert_allclose(np.asarray(Volumes(path)[0]).squeeze(), data, atol=0.01)


def test_maps_are_read_though_somebody_holds_their_lock(tmp_path, locked):
    path, maps = tmp_path / "r1f1_seed-1.h5", np.random.default_rng(1).random((1, 2, 3, 4), np.float32)
    write_maps(path, ["sub-1"], ["sub-1"], [0], [0], maps, np.eye(4), {"method": "gradient"})
    locked(path)
    np.testing.assert_array_equal(read_maps(path).maps[0], maps[0])
