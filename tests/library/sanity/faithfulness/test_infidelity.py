import numpy as np
import pytest
import torch

from voxplain.sanity.faithfulness.infidelity import drawn_blocks, infidelity
from voxplain.sanity.faithfulness.one_scan import scan_rows


@pytest.mark.parametrize("scaled", [False, True])
def test_infidelity_is_captums(made, scaled):
    """The map as slopes: what is taken out times relevance; captum's own factor, and ours as a share of the change."""
    from captum.metrics import infidelity as of_captum

    values = np.random.default_rng(5).standard_normal(made.region.shape)
    blocks = drawn_blocks(made.region, (2.0, 3.0, 2.0), 9, 4)
    taken = torch.stack([(made.volume - made.fill) * torch.from_numpy(block) for block in blocks])

    def log_odds(volumes):
        logits = made.curved(volumes)
        return logits[:, 1] - logits[:, 0]

    expected = of_captum(
        log_odds,
        lambda volumes: (taken, volumes - taken),
        made.volume[None],
        torch.from_numpy(values[None, None]).float(),
        n_perturb_samples=len(blocks),
        normalize=scaled,
    )
    changes = (log_odds(made.volume[None]) - log_odds(made.volume - taken)).detach().double().numpy()
    found = infidelity([(values * one[0].numpy()).sum() for one in taken], changes, scaled)
    assert found * ((changes**2).mean() if scaled else 1) == pytest.approx(expected.item(), rel=1e-4)


def test_slopes_and_contributions_of_a_linear_network_foretell_everything(made):
    weight = (made.linear[1].weight[1] - made.linear[1].weight[0]).detach().reshape(made.region.shape).numpy()
    added = weight * (made.volume - made.fill)[0].numpy()
    scan = made.scan(made.linear, measures=["infidelity"])
    for values, measure, other in (
        (weight, "infidelity_slope", "infidelity"),
        (added, "infidelity", "infidelity_slope"),
    ):
        rows, _ = scan_rows(scan, {"method": [7.0 * values]})
        found = {row["measure"]: row["value"] for row in rows}
        assert found[measure] == pytest.approx(0, abs=1e-6), "whatever the map's unit"
        assert found[other] > 0.05


def test_two_changes_worked_by_hand():
    # factor (1*2 + 1*0) / (1 + 1) = 1: misses by 1 and 1, over changes of 2 and 0
    assert infidelity([1, 1], [2, 0]) == pytest.approx(1 / 2)
    assert infidelity([1, 1], [2, 0], scaled=False) == 1
    assert infidelity([3, 1], [-3, -1]) == pytest.approx(0)


@pytest.mark.parametrize("foretold", [[0, 0], [1, np.nan]])
def test_a_map_that_foretells_nothing_is_undefined(foretold):
    assert np.isnan(infidelity(foretold, [1, 2]))
    assert np.isnan(infidelity([1, 2], [0, 0]))


def test_blocks_have_their_size_lie_around_the_region_and_are_cut_to_it():
    region = np.zeros((12, 14, 10), bool)
    region[3:9, 3:11, 3:8] = True
    blocks = drawn_blocks(region, (3.0, 2.0, 4.4), 40, 1)
    assert len(blocks) == 40 and all(block.any() and not (block & ~region).any() for block in blocks)
    assert max(int(block.sum()) for block in blocks) == 3 * 2 * 4
    reached = np.logical_or.reduce(blocks)
    assert reached[region].mean() > 0.8
    assert drawn_blocks(np.zeros((3, 4, 5), bool), (1, 1, 1), 3, 1) == []
