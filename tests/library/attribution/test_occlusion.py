from itertools import product

import numpy as np
import pytest
import torch
from captum.attr import Occlusion
from scipy import ndimage
from torch import nn

from voxplain.attribution.attribute import attribute
from voxplain.attribution.fills import fills
from voxplain.errors import SettingsError


def log_odds(network, batch, target):
    logits = network(batch)
    return logits[:, target] - torch.cat([logits[:, :target], logits[:, target + 1 :]], 1).logsumexp(1)


def windows_of(shape, size, stride, centred):
    shift = size // 2 if centred else 0
    starts = []
    for length in shape:
        last = length if centred else max(length - size, 0) + stride
        starts.append([at - shift for at in range(0, last, stride)])
    return starts


def looped(network, volume, size, stride, target, fill=0.0):
    """The mean drop of all windows over each voxel, by a loop over windows and voxels, one pass for each window."""
    total, count = torch.zeros(2, *volume.shape[1:], dtype=torch.float64)
    plain = log_odds(network, volume[None], target)[0]
    for corner in product(*windows_of(volume.shape[1:], size, stride, False)):
        place = tuple(slice(at, at + size) for at in corner)
        covered = volume.clone()
        covered[(slice(None), *place)] = fill[(slice(None), *place)] if isinstance(fill, torch.Tensor) else fill
        total[place] += plain - log_odds(network, covered[None], target)[0]
        count[place] += 1
    return total / count


@pytest.mark.parametrize("axes", [2, 3])
@pytest.mark.parametrize(("size", "stride"), [(3, 2), (4, 3), (2, 2), (5, 1)])
@pytest.mark.parametrize("max_memory_gb", [1e-6, 2])
def test_the_corner_grid_is_that_of_captum(monkeypatch, net, volumes, differs, axes, size, stride, max_memory_gb):
    # captum rounds its sums to float32 at the very end
    monkeypatch.setattr(torch.Tensor, "float", torch.Tensor.double)
    network, batch = net(axes=axes, channels=2), volumes(axes, channels=2)
    options = {"size": size, "stride": stride, "max_memory_gb": max_memory_gb, "fill": 0.25}
    ours = attribute(network, batch, "occlusion", target=[2, 0, 1], score="logit", **options)
    theirs = Occlusion(network.eval()).attribute(
        batch,
        sliding_window_shapes=(2, *(size,) * axes),
        strides=(2, *(stride,) * axes),
        baselines=0.25,
        target=torch.tensor([2, 0, 1]),
    )
    assert ours.shape == batch.shape
    assert differs(ours, theirs.detach()) < 1e-10


@pytest.mark.parametrize("size", [2, 3, 6])
def test_windows_cut_at_the_border_agree_with_a_plain_loop(net, volumes, size):
    network, batch = net(), volumes()
    ours = attribute(network, batch, "occlusion", target=1, score="log_odds", size=size, stride=2)
    with torch.no_grad():
        for one, volume in zip(ours, batch, strict=True):
            torch.testing.assert_close(one[0], looped(network.eval(), volume, size, 2, 1), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("placement", ["field", "stretch"])
@pytest.mark.parametrize(("size", "stride"), [(4, 3), (3, 2), (2, 4)])
def test_the_centre_grid_is_system_003s_loop(net, volumes, size, stride, placement):
    network, batch = net(), volumes()
    options = {"grid": "centre", "positive": True, "placement": placement}
    ours = attribute(network, batch, "occlusion", target=1, score="probability", size=size, stride=stride, **options)
    shape = batch.shape[2:]
    with torch.no_grad():
        network.eval()
        for one, volume in zip(ours[:, 0], batch, strict=True):
            coarse = np.zeros([len(range(0, length, stride)) for length in shape])
            plain = network(volume[None]).softmax(1)[0, 1]
            for cell in np.ndindex(*coarse.shape):
                covered = volume.clone()
                starts = [at * stride - size // 2 for at in cell]
                covered[(0, *(slice(max(at, 0), at + size) for at in starts))] = 0
                coarse[cell] = max(float(plain - network(covered[None]).softmax(1)[0, 1]), 0)
            if placement == "stretch":
                factors = [length / cells for length, cells in zip(shape, coarse.shape, strict=True)]
                expected = ndimage.zoom(coarse, factors, order=0)
            else:
                nearest = [
                    [np.argmin(abs(np.arange(cells - 1, -1, -1) * stride - voxel)) for voxel in range(length)]
                    for length, cells in zip(shape, coarse.shape, strict=True)
                ]
                # from the far end, so that of two centres as near the later one is taken
                expected = coarse[::-1, ::-1, ::-1][np.ix_(*nearest)]
            np.testing.assert_allclose(one.numpy(), expected, atol=1e-12)


def test_a_linear_network_drops_by_what_is_covered(volumes):
    batch = volumes().abs()
    linear = nn.Linear(batch[0].numel(), 2, bias=False).double()
    network = nn.Sequential(nn.Flatten(), linear)
    ours = attribute(network, batch, "occlusion", target=1, score="logit", size=1, stride=1)
    torch.testing.assert_close(ours, batch * linear.weight.detach()[1].reshape(batch.shape[1:]))


def test_windows_that_change_nothing_drop_exactly_nothing_and_cost_no_pass(net, brain):
    class Counted(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner, self.seen = net(), 0

        def forward(self, batch):
            self.seen += len(batch)
            return self.inner(batch)

    network = Counted()
    ours = attribute(network, brain, "occlusion", target=1, size=3, stride=3)
    background = torch.ones(brain.shape[2:], dtype=torch.bool)
    background[3:, :, :6] = False
    assert (ours[:, 0, background] == 0).all()
    assert (ours[:, 0, ~background] != 0).any()
    # 3 volumes once, then the 2 x 2 x 2 windows with brain in each, of 3 x 2 x 3
    assert network.seen == 3 + 3 * 2 * 2 * 2
    brain[:, :, :3] += 1
    assert (attribute(network, brain, "occlusion", target=1, size=3, stride=3)[:, 0, :3, :, :6] != 0).all()


def test_the_mean_of_each_volume_and_channel_can_cover(net, volumes):
    network, batch = net(channels=2), volumes(channels=2) + 3
    ours = attribute(network, batch, "occlusion", target=1, score="logit", size=4, stride=2, fill="mean")
    fill = batch[2].mean((1, 2, 3))
    covered = batch[2].clone()
    covered[:, :4, :4, :4] = fill[:, None, None, None]
    with torch.no_grad():
        drop = network.eval()(batch[2:])[0, 1] - network(covered[None])[0, 1]
    # one window alone lies over the corner
    torch.testing.assert_close(ours[2, :, 0, 0, 0], drop.expand(2), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("axes", [2, 3])
@pytest.mark.parametrize("fill", [{"blur": 1.5}, "noise", "others", ["mean", {"noise": 2}]])
def test_any_fill_agrees_with_a_plain_loop_over_windows_and_fills(net, volumes, axes, fill):
    network, batch = net(axes=axes, channels=2), volumes(axes, channels=2)
    fill = volumes(axes, channels=2, batch=2)[:, None] + 1 if fill == "others" else fill
    options = {"size": 3, "stride": 2, "fill": fill, "seed": 4}
    ours = attribute(network, batch, "occlusion", target=1, score="log_odds", **options)
    with torch.no_grad():
        for one, volume, covers in zip(ours, batch, fills(fill, batch, 4).transpose(0, 1), strict=True):
            loops = [looped(network.eval(), volume, 3, 2, 1, cover) for cover in covers]
            torch.testing.assert_close(one, torch.stack(loops).mean(0).expand_as(one), rtol=1e-10, atol=1e-12)


def test_a_planted_cube_is_the_peak_whatever_covers_it(brain):
    class Planted(nn.Module):
        def forward(self, batch):
            return batch[:, :, 4:6, 2:4, 1:4].sum((1, 2, 3, 4))[:, None]

    brain[:, :, 4:6, 2:4, 1:4] += 5
    for fill in (0, "mean", "blur", "noise", brain.flip(2)[:, None]):
        ours = attribute(Planted(), brain, "occlusion", target=0, size=2, stride=1, fill=fill)[:, 0]
        best = ours.flatten(1).argmax(1)
        assert all(4 <= at // 54 < 6 and 2 <= at % 54 // 9 < 4 and 1 <= at % 9 < 4 for at in best.tolist())


def test_noise_that_covers_depends_on_its_seed_alone(net, volumes):
    batch, options = volumes(), {"size": 3, "stride": 3, "fill": "noise"}
    one, same, other = (attribute(net(), batch, "occlusion", target=1, seed=seed, **options) for seed in (1, 1, 2))
    assert torch.equal(one, same) and not torch.equal(one, other)


def test_size_and_stride_can_differ_by_axis(net, volumes):
    ours = attribute(net(), volumes(), "occlusion", target=1, size=(7, 6, 3), stride=[7, 6, 3])
    assert (ours == ours[:, :, :1, :1]).all()
    assert len(ours[0].unique()) == 3


def test_a_window_larger_than_the_volume_covers_it_once(net, volumes):
    ours = attribute(net(), volumes(), "occlusion", target=1, size=20, stride=10)
    assert all(len(one.unique()) == 1 for one in ours)


def test_the_predicted_class_stays_what_it_was_when_a_window_changes_it(net, volumes):
    network, batch = net(), volumes()
    with torch.no_grad():
        classes = network.eval()(batch).argmax(1)
    ours = attribute(network, batch, "occlusion", size=6, stride=2)
    assert torch.equal(ours, attribute(network, batch, "occlusion", target=classes, size=6, stride=2))


def test_positive_keeps_drops_alone(net, volumes):
    signed = attribute(net(), volumes(), "occlusion", target=1, size=3, stride=3)
    assert (signed < 0).any()
    positive = attribute(net(), volumes(), "occlusion", target=1, size=3, stride=3, positive=True)
    assert torch.equal(positive[:, :, :6, :, :], signed[:, :, :6].clamp(min=0))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"size": 0}, "size is 0; give a whole number of at least 1"),
        ({"stride": 0}, "stride is 0"),
        ({"size": (3, 3)}, "size is .*one for each of 3 axes"),
        ({"size": 3, "stride": 4}, "stride is 4, more than size 3"),
        ({"grid": "center"}, "grid is 'center'; use one of corner, centre"),
        ({"fill": "median"}, "fill is 'median'; use "),
        ({"max_memory_gb": 0}, "max_memory_gb is 0"),
        ({"sise": 3}, 'unknown option "sise" of occlusion; did you mean "size"'),
    ],
)
def test_a_wrong_option_is_refused_in_one_line(net, volumes, options, words):
    with pytest.raises(SettingsError, match=words) as refusal:
        attribute(net(), volumes(), "occlusion", **options)
    assert "\n" not in str(refusal.value)
