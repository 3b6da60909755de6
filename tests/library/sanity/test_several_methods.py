import numpy as np
import pytest
import torch
from torch import nn

from voxplain.sanity.cascade_table import cascade_rows
from voxplain.sanity.several_methods import cascade_rows_of_all
from voxplain.store import Volumes, write_store

SHAPE = (7, 9, 8)
METHODS = [
    {"name": "slope", "method": "gradient", "target": 1, "score": "logit", "options": {"form": "abs"}},
    {"name": "cam", "method": "grad_cam", "target": 1, "score": "logit", "options": {"relu": False}},
    {"name": "gradient", "method": "gradient", "target": 1, "score": "logit", "options": {}},
]


def test_methods_that_share_a_cascade_have_the_rows_that_each_has_alone(tmp_path):
    rng = np.random.default_rng(2)
    stored = [(f"sub-{i}", f"sub-{i}", rng.standard_normal(SHAPE), rng.random(SHAPE) > 0.3) for i in range(2)]
    write_store(tmp_path / "store.h5", stored, np.eye(4), "mni152", {})
    torch.manual_seed(2)
    body = nn.Conv3d(1, 4, 3), nn.BatchNorm3d(4), nn.ReLU(), nn.Conv3d(4, 3, 3), nn.ReLU()
    network = nn.Sequential(*body, nn.Flatten(), nn.Linear(3 * 3 * 5 * 4, 2)).eval()
    volumes, classes, seen = Volumes(tmp_path / "store.h5"), torch.tensor([1, 0]), np.ones(SHAPE, bool)
    together = cascade_rows_of_all(network, volumes, classes, METHODS, seen, draws=2, seed=[3])
    for method in METHODS:
        own = [row for row in together if row["method"] == method["name"]]
        alone = cascade_rows(network, volumes, classes, method, seen, draws=2, seed=[3])
        assert len(own) == len(alone) == 18
        for one, other in zip(own, alone, strict=True):
            assert one == pytest.approx(other | {"method": method["name"]}, nan_ok=True)
