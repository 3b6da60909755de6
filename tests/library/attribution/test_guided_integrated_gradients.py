import numpy as np
import pytest
import torch
from torch import nn

from voxplain.attribution.attribute import attribute
from voxplain.attribution.guided_integrated_gradients import moved, steps_of_way
from voxplain.attribution.notes import notes
from voxplain.attribution.scoring import asked
from voxplain.errors import SettingsError


def slope_of(network, values, target):
    leaf = torch.from_numpy(values)[None].requires_grad_()
    return torch.autograd.grad(network(leaf)[0, target], leaf)[0][0].numpy()


def published_map(network, volume, start, target, steps, fraction, max_dist):
    """The algorithm of the paper, voxel by voxel in intensities and with quantiles, for one volume."""
    at, found, way = start.copy(), np.zeros_like(start), volume - start
    length = np.abs(way).sum()
    for step in range(1, steps + 1):
        slope = slope_of(network, at, target)
        order = np.abs(slope)
        low = start + max(step / steps - max_dist, 0) * way
        high = start + min(step / steps + max_dist, 1) * way
        wanted = length * (1 - step / steps)
        while True:
            before = at.copy()
            behind = np.abs(at - start) < np.abs(low - start)
            at[behind] = low[behind]
            left = np.abs(volume - at).sum()
            done = left <= wanted * (1 + 1e-12) + 1e-12
            if not done:
                order[np.isclose(at, high, rtol=0, atol=1e-13)] = np.inf
                limit = np.quantile(order, fraction, method="lower")
                chosen = (order <= limit) & np.isfinite(order)
                room = np.abs(high - at)[chosen].sum()
                done = room == 0 or (left - wanted) / room <= 1
                ratio = min((left - wanted) / room, 1) if room else 0
                at[chosen] += ratio * (high - at)[chosen]
            found += (at - before) * slope
            if done:
                break
    return found


@pytest.mark.parametrize("axes", [2, 3])
@pytest.mark.parametrize(("fraction", "max_dist"), [(0.25, 0.02), (0.1, 0.1), (0.25, 1.0)])
def test_with_no_points_it_is_the_published_algorithm(net, volumes, differs, axes, fraction, max_dist):
    network, batch = net(axes=axes, channels=2).eval(), volumes(axes, channels=2)
    start = 0.2 * batch.roll(1, 0)
    ours = attribute(
        *(network, batch, "guided_integrated_gradients"),
        **{"target": [2, 0, 1], "score": "logit", "baseline": start, "points": 0, "steps": 30},
        **{"fraction": fraction, "max_dist": max_dist},
    )
    for row, target in enumerate([2, 0, 1]):
        theirs = published_map(network, batch[row].numpy(), start[row].numpy(), target, 30, fraction, max_dist)
        assert differs(ours[row], torch.from_numpy(theirs)) < 1e-10


def test_it_is_the_published_algorithm_over_a_background_of_zeros(net, brain, differs):
    network = net().eval()
    ours = attribute(network, brain, "guided_integrated_gradients", target=1, score="logit", points=0, steps=30)
    assert (ours[brain == 0] == 0).all()
    for row in range(3):
        theirs = published_map(network, brain[row].numpy(), 0 * brain[row].numpy(), 1, 30, 0.25, 0.02)
        assert differs(ours[row], torch.from_numpy(theirs)) < 1e-10


@pytest.mark.parametrize("max_dist", [0.0, 0.05, 1.0])
def test_no_voxel_ever_goes_back_or_leaves_its_bounds_and_all_arrive(net, volumes, max_dist):
    network, batch, start = net().eval(), volumes(), volumes().roll(1, 0)
    before, steps = torch.zeros_like(batch), 25
    question = asked(network, 1, "logit", batch)
    for step, (here, there, _) in enumerate(steps_of_way(question, batch, start, steps, 0.2, max_dist), 1):
        place = (there - start) / (batch - start)
        assert (place >= before - 1e-9).all()
        assert (place >= step / steps - max_dist - 1e-9).all() and (place <= step / steps + max_dist + 1e-9).all()
        gone, whole = ((one - start).abs().flatten(1).sum(1) for one in (there, batch))
        torch.testing.assert_close(gone / whole, torch.full_like(gone, step / steps))
        torch.testing.assert_close(here, start + before * (batch - start))
        before = place
    assert torch.equal(there, batch)


def test_the_lowest_gradients_go_first_as_far_as_they_may():
    length = torch.tensor([1.0, 2.0, 1.0, 4.0, 0.0]).double()
    slope = torch.tensor([0.5, 0.1, 0.9, 0.3, 0.0]).double()
    start = torch.zeros(5).double()
    # a quarter of the length of 8 is the whole way of the second voxel, which has the lowest slope
    assert moved(start, length, slope, 0.25, 0.0, 1.0).tolist() == [0, 1, 0, 0, 0]
    # half of it: half of the fourth voxel's way too
    assert moved(start, length, slope, 0.5, 0.0, 1.0).tolist() == [0, 1, 0, 0.5, 0]
    # none may pass 0.25 + 0.25: after the second and the fourth, which give 1 + 2 of 2, none is left to move
    assert moved(start, length, slope, 0.25, 0.0, 0.25).tolist() == [0, 0.5, 0, 0.25, 0]
    # all that stay below 0.5 - 0.25 are raised to it: 2 of 4, then the lowest again
    assert moved(start, length, slope, 0.5, 0.0, 0.25).tolist() == [0.25, 0.75, 0.25, 0.5, 0.25]
    # the two lowest together, by equal shares of 6
    assert moved(start, length, slope, 0.375, 0.25, 1.0).tolist() == [0, 0.5, 0, 0.5, 0]
    # equal slopes go together, whatever their order
    assert moved(start, length, torch.ones(5).double(), 0.5, 0.0, 1.0).tolist() == [0.5, 0.5, 0.5, 0.5, 0]
    assert moved(start, length, slope, 1.0, 0.0, 1.0).tolist() == [1, 1, 1, 1, 1]


def test_ways_too_short_for_the_arithmetic_are_gone_without_a_fault():
    # the last traces of a blur, in a background of zeros
    length = torch.tensor([1e-45, 1e-45, 1e-45, 1.0])
    assert float((0.02 * length[:3]).sum()) == 0
    place = moved(torch.zeros(4), length, torch.tensor([0.0, 0.0, 0.0, 1.0]), 0.01, 0.25, 0.01)
    torch.testing.assert_close(place, torch.tensor([0.02, 0.02, 0.02, 0.01]))


def test_without_room_beside_the_straight_way_it_is_integrated_gradients(net, volumes, differs):
    network, batch = net().eval(), volumes()
    straight = sum(
        batch / 20 * torch.from_numpy(np.stack([slope_of(network, step / 20 * one.numpy(), 1) for one in batch]))
        for step in range(20)
    )
    asked_for = {"target": 1, "score": "logit", "steps": 20, "max_dist": 0}
    assert differs(attribute(network, batch, "guided_integrated_gradients", points=0, **asked_for), straight) < 1e-10
    middle = attribute(network, batch, "guided_integrated_gradients", points=1, **asked_for)
    integrated = attribute(
        *(network, batch, "integrated_gradients"), target=1, score="logit", steps=20, rule="midpoint"
    )
    assert differs(middle, integrated) < 1e-10


@pytest.mark.parametrize("axes", [2, 3])
def test_maps_sum_to_the_change_of_the_score_the_closer_the_more_steps(net, volumes, axes):
    network, batch = net(axes=axes), volumes(axes)
    with torch.no_grad():
        change = (network.eval()(batch) - network(0 * batch))[:, 1]
    errors = []
    for steps, points in ((20, 3), (300, 8)):
        with notes() as said:
            maps = attribute(
                *(network, batch, "guided_integrated_gradients"),
                **{"target": 1, "score": "logit", "steps": steps, "points": points},
            )
        error = maps.flatten(1).sum(1) - change
        np.testing.assert_allclose(said["completeness_error"], error, atol=1e-9)
        errors.append(float(error.abs().max() / change.abs().max()))
    assert errors[1] < 5e-3 and errors[1] < errors[0]


def test_in_relu_networks_the_published_sum_misses_completeness_with_small_steps_too(net, volumes):
    def error(**options):
        with notes() as said:
            attribute(net(), volumes(), "guided_integrated_gradients", target=1, score="logit", **options)
        return np.abs(said["completeness_error"]).max()

    assert error(points=0, steps=400) > 0.1
    assert error(points=3, steps=100) < 0.02


def test_a_smooth_network_is_complete_along_any_way(volumes):
    network = nn.Sequential(nn.Conv3d(1, 3, 3), nn.Softplus(), nn.Flatten(), nn.Linear(3 * 5 * 4 * 7, 3)).double()
    for max_dist in (0.02, 1.0):
        with notes() as said:
            attribute(
                *(network, volumes(), "guided_integrated_gradients"),
                **{"target": 1, "score": "logit", "max_dist": max_dist, "baseline": "mean"},
            )
        assert np.abs(said["completeness_error"]).max() < 1e-9


def test_the_map_of_a_linear_network_is_its_weights_times_the_way(volumes):
    linear = nn.Linear(volumes()[0].numel(), 2).double()
    network = nn.Sequential(nn.Flatten(), linear)
    ours = attribute(
        *(network, volumes(), "guided_integrated_gradients"),
        **{"target": 1, "score": "logit", "baseline": 1.0, "steps": 7, "max_dist": 0.5},
    )
    torch.testing.assert_close(ours, ((volumes() - 1) * linear.weight[1].view(volumes().shape[1:])).detach())


def test_maps_of_several_baselines_are_averaged(net, volumes, differs):
    asked_for = {"target": 1, "score": "logit", "steps": 4}
    ways = ["zero", {"blur": 1.0}]
    together = attribute(net(), volumes(), "guided_integrated_gradients", baseline=ways, **asked_for)
    single = [attribute(net(), volumes(), "guided_integrated_gradients", baseline=one, **asked_for) for one in ways]
    assert differs(together, torch.stack(single).mean(0)) < 1e-10


def test_the_class_is_that_predicted_for_the_volume_and_not_on_the_way(net, volumes):
    network, batch = net().eval(), volumes(batch=8)
    predicted = network(batch).argmax(1)
    assert (predicted != network(0 * batch).argmax(1)).any()
    assert torch.equal(
        attribute(network, batch, "guided_integrated_gradients", score="logit", steps=4),
        attribute(network, batch, "guided_integrated_gradients", target=predicted, score="logit", steps=4),
    )


def test_a_volume_that_is_its_own_baseline_has_a_map_of_zeros(net, volumes):
    assert (attribute(net(), volumes(), "guided_integrated_gradients", baseline=volumes(), steps=3) == 0).all()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"steps": 0}, "steps is 0"),
        ({"points": -1}, "points is -1; give a whole number of at least 0"),
        ({"fraction": 1}, "fraction is 1; give a number from 0 to below 1"),
        ({"max_dist": 1.5}, "max_dist is 1.5; give a number from 0 to 1"),
        ({"max_dist": True}, "max_dist is True"),
    ],
)
def test_wrong_options_are_refused(net, volumes, options, words):
    with pytest.raises(SettingsError, match=words):
        attribute(net(), volumes(), "guided_integrated_gradients", **options)
