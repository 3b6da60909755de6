import numpy as np
import pytest
import torch

from voxplain.sanity.brain_filled import BrainFilled, any_brain
from voxplain.store import Volumes, write_store

SHAPE = (5, 7, 6)


@pytest.fixture
def volumes(tmp_path):
    generator = np.random.default_rng(7)
    made = [(f"sub-{one}", f"sub-{one}", generator.random(SHAPE), generator.random(SHAPE) > 0.7) for one in range(4)]
    write_store(tmp_path / "store.h5", made, np.eye(4), "mni152", {})
    return Volumes(tmp_path / "store.h5")


def test_nothing_of_the_brain_is_left_and_all_of_the_outside(volumes):
    fill = torch.rand(1, *SHAPE)
    filled = BrainFilled(volumes, fill)
    assert filled.scans == volumes.scans and len(list(filled)) == 4
    for place in range(4):
        brain = volumes.mask(place) > 0
        assert (filled[place][0][brain] == fill[0][brain]).all()
        assert (filled[place][0][~brain] == volumes[place][0][~brain]).all()


def test_the_outline_of_a_brain_is_hidden_by_what_is_common(volumes):
    common = any_brain(volumes)
    assert (common == np.any([volumes.mask(place).numpy() for place in range(4)], axis=0)).all()
    filled = BrainFilled(volumes, torch.full((1, *SHAPE), 9.0), common)
    assert all(((one[0] == 9).numpy() == common).all() for one in filled)
