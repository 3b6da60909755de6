import numpy as np
import pytest
import torch
from torch import nn

from voxplain.sanity.faithfulness.answers import answers
from voxplain.sanity.faithfulness.curves import area, deleted, emptied, inserted, normalised, whole_curve
from voxplain.sanity.faithfulness.ordering import block_labels, region_path, voxel_path


def test_deletion_is_pixel_flipping_of_quantus(quantus, made):
    """Every 30th voxel of 210 in one step, a fill of 0.3, the probability of class 1."""
    values = np.random.default_rng(1).standard_normal(made.region.shape).astype(np.float32)
    flipping = quantus.PixelFlipping(features_in_step=30, abs=True, perturb_baseline=0.3, disable_warnings=True)
    expected = flipping(
        made.curved, made.volume[None].numpy(), np.array([1]), values[None, None], channel_first=True, softmax=True
    )
    everywhere = np.ones(made.region.shape, bool)
    path = voxel_path(np.abs(values), everywhere, np.arange(30, 210, 30) / 210, 1)
    filled = torch.full_like(made.volume, 0.3)
    states = [*deleted(made.volume, filled, path), emptied(made.volume, filled, everywhere)]
    found = answers(made.curved, states, 1, "probability")
    assert np.allclose(found, expected[0], atol=1e-6)


def test_regions_in_the_plane_are_taken_out_as_by_quantus(quantus):
    """Patches of 2 by 2 voxels of an image, the most relevant first, each with a fill of 0.3."""
    torch.manual_seed(1)
    network = nn.Sequential(nn.Flatten(), nn.Linear(48, 8), nn.Tanh(), nn.Linear(8, 2)).eval()
    drawn = np.random.default_rng(3)
    image, values = (drawn.standard_normal((1, 1, 6, 8)).astype(np.float32) for _ in range(2))
    region = quantus.RegionPerturbation(
        patch_size=2, regions_evaluation=11, perturb_baseline=0.3, normalise=False, abs=False, disable_warnings=True
    )
    expected = region(network, image, np.array([1]), values, channel_first=True, softmax=True)
    volume, everywhere = torch.from_numpy(image[0])[..., None], np.ones((6, 8, 1), bool)
    labels = block_labels((6, 8, 1), (2, 2, 1))
    path = region_path(values[0, 0, ..., None], labels, everywhere, np.arange(1, 12) / 12, 1)
    states = [volume, *deleted(volume, torch.full_like(volume, 0.3), path)]
    found = answers(network, states, 1, "probability")
    assert np.allclose(found[0] - found[1:], expected[0], atol=1e-6)


def test_insertion_is_deletion_in_the_opposite_order_from_the_other_end(made):
    values = np.random.default_rng(1).standard_normal(made.region.shape)
    count = int(made.region.sum())
    shares = np.array([20, 60, 100]) / count
    onwards, back = (voxel_path(sign * values, made.region, one, 1) for sign, one in ((1, shares), (-1, 1 - shares)))
    some = list(inserted(made.volume, made.fill, onwards))
    others = list(deleted(made.volume, made.fill, back))[::-1]
    assert all(torch.equal(one, other) for one, other in zip(some, others, strict=True))


def test_voxels_outside_the_region_are_never_touched(made):
    path = voxel_path(np.random.default_rng(1).random(made.region.shape), made.region, [0.2, 0.9], 1)
    outside = torch.from_numpy(~made.region)
    states = [*deleted(made.volume, made.fill, path), *inserted(made.volume, made.fill, path)]
    states.append(emptied(made.volume, made.fill, made.region))
    assert all(torch.equal(one[:, outside], made.volume[:, outside]) for one in states)
    assert torch.equal(states[-1][:, ~outside], made.fill[:, ~outside])


def test_several_channels_are_taken_out_together():
    volume, fill = torch.ones(2, 3, 4, 2), torch.zeros(2, 3, 4, 2)
    path = voxel_path(np.arange(24.0).reshape(3, 4, 2), np.ones((3, 4, 2), bool), [0.25], 1)
    (state,) = deleted(volume, fill, path)
    assert torch.equal(state[0], state[1]) and int((state[0] == 0).sum()) == 6


def test_answers_are_shared_out_between_the_whole_and_the_empty_scan():
    assert normalised([3.0, 2.0, 0.0], 3.0, 1.0).tolist() == [1, 0.5, -0.5]
    assert normalised([-3.0, -2.0], -3.0, -1.0).tolist() == [1, 0.5]
    for whole, empty in ((2.0, 2.0), (2.0, np.nan), (1e6, 1e6 + 0.5)):
        assert np.isnan(normalised([1.0, 2.0], whole, empty)).all()


def test_curves_end_where_they_must_and_the_area_is_a_mean_height():
    shares, values = whole_curve("deletion", np.array([0.25, 0.5]), np.array([0.5, 0.2]))
    assert shares.tolist() == [0, 0.25, 0.5, 1] and values.tolist() == [1, 0.5, 0.2, 0]
    assert area(shares, values) == pytest.approx(0.25 * 0.75 + 0.25 * 0.35 + 0.5 * 0.1)
    shares, values = whole_curve("insertion", np.array([0.5]), np.array([0.9]))
    assert values.tolist() == [0, 0.9, 1] and area(shares, values) == pytest.approx(0.7)
    shares, values = whole_curve("road", np.array([0.5]), np.array([0.5]))
    assert shares.tolist() == [0, 0.5] and area(shares, values) == pytest.approx(0.75)
    assert np.isnan(whole_curve("deletion", np.array([0.5]), np.array([np.nan]))[1]).all()


@pytest.mark.parametrize("score", ["log_odds", "probability"])
def test_answers_do_not_depend_on_how_many_pass_at_once(made, score):
    volumes = torch.randn(7, *made.volume.shape)
    some = answers(made.curved, volumes, 0, score, batch=3)
    logits = made.curved(volumes).detach().double()
    expected = (logits[:, 0] - logits[:, 1]) if score == "log_odds" else logits.softmax(1)[:, 0]
    assert np.allclose(some, expected.numpy(), atol=1e-5)
    assert answers(made.curved, [], 0, score).shape == (0,)


def test_an_amount_is_followed_as_it_is():
    network = nn.Sequential(nn.Flatten(), nn.Linear(24, 1)).eval()
    volumes = torch.randn(3, 1, 2, 3, 4)
    assert np.allclose(answers(network, volumes, 0, "logit"), network(volumes).detach().numpy()[:, 0], atol=1e-6)


def test_memory_that_holds_fewer_volumes_changes_no_answer_and_is_asked_once(caplog):
    sizes = []

    def network(volumes):
        sizes.append(len(volumes))
        if len(volumes) > 4:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return volumes.sum((2, 3, 4))

    volumes = list(torch.rand(19, 1, 2, 3, 4, generator=torch.Generator().manual_seed(3)))
    found = answers(network, volumes, 0, "logit")
    assert np.allclose(found, [float(one.sum()) for one in volumes]) and sizes == [8, 4, 4, 4, 4, 3]
    assert "out of memory with 8 passes at once; going on with 4" in caplog.text
