import inspect

import pytest
import torch
from torch import nn

import voxplain
from tests.library.attribution.every_method import explained
from voxplain.attribution.attribute import attribute
from voxplain.attribution.table import method_module, methods
from voxplain.errors import InputError, SettingsError, UnsupportedModel


def test_the_gradient_of_a_unit_is_that_of_its_value(net, volumes):
    network, leaf = net(), volumes().requires_grad_()
    found = attribute(network, volumes(), "gradient", target=("norm2", 3, (1, 0, 2)))
    network.eval()
    hidden = network.norm2(network.conv2(network.pool(network.block(network.norm1(network.conv1(leaf))))))
    torch.testing.assert_close(found, torch.autograd.grad(hidden[:, 3, 1, 0, 2].sum(), leaf)[0])


@pytest.mark.parametrize("kind", ["in_place", "functional"])
def test_a_unit_before_an_activation_in_place_is_read_before_it(net, volumes, kind):
    unit = ("norm1", 2, (1, 1, 1))
    plain = attribute(net("module"), volumes(), "gradient", target=unit)
    assert torch.equal(attribute(net(kind), volumes(), "gradient", target=unit), plain)


def test_a_network_that_writes_on_its_input_harms_nobody(volumes):
    class Writes(nn.Module):
        def forward(self, values):
            values.mul_(2).relu_()
            return torch.stack([values.flatten(1).sum(1), -values.flatten(1).sum(1)], 1)

    batch = volumes()
    for method in ("gradient", "guided_backprop", "occlusion"):
        found = explained(Writes(), batch, method, target=0, score="logit")
        assert torch.equal(batch, volumes())
        if method == "gradient":
            assert torch.equal(found, 2.0 * (batch > 0))


@pytest.mark.parametrize(
    ("spoil", "fault", "words"),
    [
        (lambda batch: batch.numpy(), InputError, "volumes are a ndarray; give a torch tensor"),
        (lambda batch: batch[0, 0], InputError, r"volumes have shape \(7, 6, 9\)"),
        (lambda batch: batch.int(), InputError, "volumes are torch.int32"),
        (lambda batch: batch.float(), InputError, "volumes are torch.float32, the network is torch.float64"),
        (lambda batch: batch.index_fill(0, torch.tensor([1]), float("nan")), InputError, "volume 1 of the batch"),
        (lambda batch: batch.to("meta"), InputError, "volumes are on meta, the network on cpu"),
    ],
)
def test_volumes_that_no_map_can_be_made_of_are_refused(net, volumes, spoil, fault, words):
    with pytest.raises(fault, match=words) as refusal:
        attribute(net(), spoil(volumes()), "gradient")
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("method", "options", "words"),
    [
        ("grad_cm", {}, 'unknown method "grad_cm"; did you mean "grad_cam"'),
        ("gradient", {"absolute": True}, 'unknown option "absolute" of gradient; known options: form'),
        ("gradient", {"target": 3}, "target is 3, but the network has 3 outputs; use 0 to 2"),
        ("gradient", {"target": -1}, "target is -1"),
        ("gradient", {"target": 1.5}, "target is 1.5"),
        ("gradient", {"target": True}, "target is True"),
        ("gradient", {"target": None}, "target is None"),
        ("gradient", {"target": "label"}, 'target is "label"'),
        ("gradient", {"target": [0, 1]}, r"target has shape \(2,\) for 3 volumes"),
        ("gradient", {"score": "logits"}, "score is 'logits'; use one of log_odds, logit, probability"),
        ("gradient", {"target": ("norm3", 0, (0, 0, 0))}, 'no layer "norm3" in Net; did you mean "norm'),
        ("gradient", {"target": ("norm2", 5, (0, 0, 0))}, "target: no channel 5"),
        ("gradient", {"target": ("norm2", 0, (0, 9, 0))}, r"target: no channel 0 at \(0, 9, 0\)"),
        ("gradient", {"target": ("norm2", 0, (0, 0))}, "whose units have 3 spatial axes"),
        ("gradient", {"target": ("norm2", 0)}, "a unit is"),
        ("gradient", {"target": ("norm2", 0, (0, 0, 0)), "score": "logit"}, "leave it out"),
    ],
)
def test_a_wrong_request_is_refused_in_one_line(net, volumes, method, options, words):
    with pytest.raises(SettingsError, match=words) as refusal:
        attribute(net(), volumes(), method, **options)
    assert "\n" not in str(refusal.value)


def test_batch_norm_over_the_batch_itself_is_refused_by_name(net, volumes):
    network = net()
    network.norm2 = nn.BatchNorm3d(5, track_running_stats=False).double()
    with pytest.raises(UnsupportedModel, match='layer "norm2" normalises by the batch'):
        attribute(network, volumes(), "gradient")


def test_outputs_that_are_no_logits_are_refused(volumes):
    class Pair(nn.Module):
        def forward(self, batch):
            return batch.flatten(1), batch

    with pytest.raises(UnsupportedModel, match="returns a tuple; wrap it"):
        attribute(Pair(), volumes(), "gradient")
    with pytest.raises(UnsupportedModel, match=r"returns shape \(3, 1, 7, 6, 9\) for 3 volumes"):
        attribute(nn.Identity(), volumes(), "gradient")
    with pytest.raises(UnsupportedModel, match="the network is a function"):
        attribute(lambda batch: batch, volumes(), "gradient")


def test_a_method_is_one_file_that_imports_no_other_method():
    homes = {name: method_module(name) for name in methods()}
    assert len(set(homes.values())) == len(homes)
    source = inspect.getsource(inspect.getmodule(attribute))
    assert not any(home in source for home in homes.values())


def test_the_public_names_are_these():
    assert voxplain.attribute is attribute
    assert voxplain.methods() == methods()
    assert {"gradient", "guided_backprop", "grad_cam", "occlusion"} <= set(methods())
