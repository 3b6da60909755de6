import numpy as np
import pytest
import torch
from captum.attr import FeatureAblation
from torch import nn

from voxplain.attribution.attribute import attribute
from voxplain.attribution.fills import fills
from voxplain.attribution.labels import numbered
from voxplain.attribution.whole_passes import WholePasses
from voxplain.errors import InputError, SettingsError
from voxplain.networks.build import build


def made_labels(shape, count=5, seed=2):
    return torch.randint(0, count, shape, generator=torch.Generator().manual_seed(seed))


def looped(network, volume, labels, score, fill):
    found = torch.zeros(labels.shape, dtype=torch.float64)
    with torch.no_grad():
        plain = score(network(volume[None]))[0]
        for label in range(1, int(labels.max()) + 1):
            covered = torch.where(labels == label, fill, volume)
            found[labels == label] = plain - score(network(covered[None]))[0]
    return found


@pytest.mark.parametrize("axes", [2, 3])
@pytest.mark.parametrize("max_memory_gb", [1e-6, 2])
def test_it_is_captums_feature_ablation(monkeypatch, net, volumes, differs, axes, max_memory_gb):
    # captum rounds its sums to float32 at the very end
    monkeypatch.setattr(torch.Tensor, "float", torch.Tensor.double)
    network, batch = net(axes=axes, channels=2), volumes(axes, channels=2)
    # captum covers label 0 too
    labels = made_labels(batch.shape[2:]) + 1
    options = {"labels": labels, "fill": 0.25, "max_memory_gb": max_memory_gb}
    ours = attribute(network, batch, "region_occlusion", target=[2, 0, 1], score="logit", **options)
    theirs = FeatureAblation(network.eval()).attribute(
        batch, feature_mask=(labels - 1)[None, None], baselines=0.25, target=torch.tensor([2, 0, 1])
    )
    assert ours.shape == batch.shape
    assert differs(ours, theirs.detach()) < 1e-10


@pytest.mark.parametrize("fill", ["mean", "blur", "noise", "others"])
def test_labels_of_each_volume_and_any_fill_agree_with_a_plain_loop(net, volumes, brain, fill):
    network, labels = net(), made_labels((3, 7, 6, 9))
    fill = volumes(batch=2)[:, None] if fill == "others" else fill
    ours = attribute(network, brain, "region_occlusion", target=1, score="probability", labels=labels, fill=fill)
    for one, volume, its, covering in zip(ours, brain, labels, fills(fill, brain).transpose(0, 1), strict=True):
        loops = [looped(network.eval(), volume, its, lambda out: out.softmax(1)[:, 1], one) for one in covering]
        torch.testing.assert_close(one[0], torch.stack(loops).mean(0), rtol=1e-10, atol=1e-12)


def test_a_linear_network_drops_by_what_is_covered(volumes):
    batch, labels = volumes(), made_labels((7, 6, 9))
    linear = nn.Linear(batch[0].numel(), 2, bias=False).double()
    ours = attribute(
        nn.Sequential(nn.Flatten(), linear), batch, "region_occlusion", target=1, labels=labels, score="logit"
    )
    share = batch * linear.weight.detach()[1].reshape(batch.shape[1:])
    for label in range(1, 5):
        total = share[:, 0, labels == label].sum(1)
        torch.testing.assert_close(ours[:, 0, labels == label], total[:, None].expand(-1, int((labels == label).sum())))
    assert (ours[:, :, labels == 0] == 0).all()


def test_the_planted_region_has_the_largest_drop(brain):
    class Planted(nn.Module):
        def forward(self, volumes):
            return volumes[:, 0, 3:5, 2:5, 1:4].mean((1, 2, 3))[:, None]

    labels = torch.arange(7 * 6 * 9).reshape(7, 6, 9) // 54 + 1
    labels[3:5, 2:5, 1:4] = 99
    ours = attribute(Planted().double(), brain, "region_occlusion", target=0, labels=labels.numpy())
    assert (ours[:, 0, labels == 99].amin(1) > 0).all()
    assert (ours[:, 0, labels != 99] == 0).all()


def test_regions_in_the_background_cost_no_pass_and_drop_exactly_nothing(net, brain):
    class Counted(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner, self.seen = net(), 0

        def forward(self, batch):
            self.seen += len(batch)
            return self.inner(batch)

    labels, network = torch.zeros(7, 6, 9, dtype=torch.int16), Counted()
    labels[:2], labels[4:6, 2:4] = 7, 3
    ours = attribute(network, brain, "region_occlusion", target=1, labels=labels)
    assert (ours[:, 0, :2] == 0).all() and (ours[:, 0, 4:6, 2:4] != 0).all()
    assert network.seen == 3 + 3


@pytest.mark.parametrize("kind", ["module", "in_place", "functional"])
def test_passes_of_boxes_around_regions_give_the_drops_of_whole_ones(net, volumes, monkeypatch, kind):
    options = {"target": 1, "labels": made_labels((7, 6, 9), 30), "fill": "noise", "max_memory_gb": 1e-4}
    local = attribute(net(kind), volumes(), "region_occlusion", **options)
    monkeypatch.setattr("voxplain.attribution.drops.covered_passes", lambda *_: WholePasses)
    torch.testing.assert_close(local, attribute(net(kind), volumes(), "region_occlusion", **options))


def test_float32_agrees_to_a_hundred_thousandth():
    torch.manual_seed(1)
    network, batch = build("mrinet", (22, 30, 26), width=4), torch.rand(2, 1, 22, 30, 26)
    labels = made_labels((4, 5, 5)).repeat_interleave(6, 0).repeat_interleave(6, 1).repeat_interleave(6, 2)
    options = {"target": 1, "labels": labels[:22, :30, :26]}
    single = attribute(network, batch, "region_occlusion", **options)
    double = attribute(network.double(), batch.double(), "region_occlusion", **options)
    assert (single - double).abs().max() < 1e-5 < double.abs().max()


@pytest.mark.parametrize("far", [1, 10**12])
def test_labels_are_numbered_as_torch_does_however_far_apart(far):
    labels = (made_labels((7, 6, 9), 40) - 7) * far
    names, numbers = numbered(labels)
    expected = labels.unique(return_inverse=True)
    assert torch.equal(names, expected[0]) and torch.equal(numbers, expected[1])


def test_positive_keeps_drops_alone(net, volumes):
    labels = made_labels((7, 6, 9), 20)
    signed = attribute(net(), volumes(), "region_occlusion", target=1, labels=labels)
    positive = attribute(net(), volumes(), "region_occlusion", target=1, labels=labels, positive=True)
    assert (signed < 0).any() and torch.equal(positive, signed.clamp(min=0))


@pytest.mark.parametrize(
    ("labels", "fault", "words"),
    [
        (torch.ones(7, 6, 8), InputError, r"labels have shape \(7, 6, 8\), volumes \(7, 6, 9\); resample"),
        (torch.zeros(7, 6, 9), InputError, "labels are 0 everywhere"),
        (np.full((7, 6, 9), 0.5), InputError, "labels are torch.float64 with parts of whole numbers"),
        ("atlas", SettingsError, "labels are a str; give a tensor or an array"),
    ],
)
def test_wrong_labels_are_refused_in_one_line(net, volumes, labels, fault, words):
    with pytest.raises(fault, match=words) as refusal:
        attribute(net(), volumes(), "region_occlusion", labels=labels)
    assert "\n" not in str(refusal.value)
