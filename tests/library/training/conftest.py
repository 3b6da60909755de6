import numpy as np
import pytest

from voxplain.store import Volumes, write_store

SHAPE = (22, 24, 26)


@pytest.fixture
def make_volumes(tmp_path):
    """A store of n scans whose class shows as a bright block, in noise; its Volumes and labels."""

    def make(n, seed=1, strength=1.0, name="made"):
        labels = [number % 2 for number in range(n)]

        def volumes():
            for number, label in enumerate(labels):
                data = np.random.default_rng([seed, number]).standard_normal(SHAPE).astype(np.float32)
                data[4:12, 8:16, 6:14] += strength * label
                yield f"sub-{number:02d}", f"sub-{number:02d}", data, np.ones(SHAPE)

        write_store(tmp_path / f"{name}.h5", volumes(), np.diag([3.0, 3, 3, 1]), "mni152", {})
        return Volumes(tmp_path / f"{name}.h5"), labels

    return make
