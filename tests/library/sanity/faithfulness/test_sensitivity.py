import numpy as np
import pytest
import torch

from voxplain.attribution.attribute import attribute
from voxplain.sanity.faithfulness.sensitivity import Jittered, max_sensitivity
from voxplain.store import Volumes, write_store

SHAPE = (5, 7, 6)


@pytest.fixture
def volumes(tmp_path):
    drawn = np.random.default_rng(2)
    rows = [(f"sub-{i}", f"sub-{i}", drawn.standard_normal(SHAPE), drawn.random(SHAPE) > 0.3) for i in range(2)]
    write_store(tmp_path / "store.h5", rows, np.eye(4), "mni152", {})
    return Volumes(tmp_path / "store.h5")


def test_the_largest_change_of_a_gradient_is_captums(made, volumes):
    from captum.metrics import sensitivity_max

    everywhere = np.ones(SHAPE, bool)
    near = [Jittered(volumes, everywhere, 0.2, (3, draw))[1] for draw in range(6)]

    def explained(batch):
        batch = batch[0] if isinstance(batch, tuple) else batch
        return (attribute(made.curved, batch.detach(), "gradient", target=1),)

    def perturbed(given, radius):
        return (torch.stack(near),)

    expected = sensitivity_max(explained, volumes[1][None], perturbed, n_perturb_samples=6, norm_ord=2)
    maps = [attribute(made.curved, one[None], "gradient", target=1)[0, 0].numpy() for one in (volumes[1], *near)]
    assert max_sensitivity(maps[0], maps[1:]) == pytest.approx(expected.item(), rel=1e-4)


def test_a_map_that_does_not_look_at_the_scan_does_not_change(made, volumes):
    near = Jittered(volumes, np.ones(SHAPE, bool), 0.5, (1,))
    maps = [attribute(made.linear, one[None], "gradient", target=1)[0, 0].numpy() for one in (volumes[0], near[0])]
    assert max_sensitivity(maps[0], maps[1:]) == 0


def test_changes_worked_by_hand():
    assert max_sensitivity([3, 4], [[3, 4], [0, 4], [3, 5]]) == pytest.approx(3 / 5)
    for original, near in (([2, 2], [[1, 2]]), ([0, 0], [[1, 2]]), ([1, np.nan], [[1, 2]]), ([1, 2], [[1, np.nan]])):
        assert np.isnan(max_sensitivity(original, near))


def test_noise_lies_in_the_region_within_its_radius_and_is_the_same_each_time(volumes):
    region = np.random.default_rng(1).random(SHAPE) > 0.4
    near = Jittered(volumes, region, 0.1, (4,))
    change = (near[1] - volumes[1])[0].numpy()
    limit = 0.1 * volumes[1][0].numpy()[region].std()
    assert (change[~region] == 0).all() and np.abs(change).max() <= limit * (1 + 1e-4)
    assert np.abs(change).max() > 0.9 * limit
    assert torch.equal(near[1], near[1]) and near.scans == volumes.scans
    assert torch.equal(near.mask(1), volumes.mask(1))
