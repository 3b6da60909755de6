import inspect

import pytest
import torch
from torch import nn

import voxplain
from voxplain.attribution.attribute import attribute
from voxplain.attribution.table import method_module, methods
from voxplain.errors import InputError, SettingsError, UnsupportedModel

SMALL = {
    "occlusion": {"size": 3, "stride": 3},
    "smoothgrad": {"samples": 3},
    "integrated_gradients": {"steps": 5},
    "guided_integrated_gradients": {"steps": 5},
    "expected_gradients": {"references": ["zero", "blur"], "samples": 4},
}


def explained(network, batch, method, **options):
    return attribute(network, batch, method, **SMALL.get(method, {}), **options)


def hooks_of(network):
    kinds = [name for name in vars(nn.Module()) if name.endswith("_hooks")]
    return [{kind: dict(getattr(layer, kind)) for kind in kinds} for layer in network.modules()]


@pytest.fixture
def used(net):
    """A network with mixed modes, a frozen layer, a gradient and a hook of its user's, and a picture of all that."""
    network = net()
    network.conv1.requires_grad_(False)
    network.norm2.eval()
    network.linear.weight.grad = torch.ones_like(network.linear.weight)
    network.again.register_forward_hook(lambda *_: None)

    def picture():
        return {
            "modes": [layer.training for layer in network.modules()],
            "hooks": hooks_of(network),
            "frozen": [weights.requires_grad for weights in network.parameters()],
            "gradients": [None if one.grad is None else one.grad.tolist() for one in network.parameters()],
            "weights": {name: value.tolist() for name, value in network.state_dict().items()},
        }

    return network, picture


@pytest.mark.parametrize("method", methods())
def test_the_network_and_the_volumes_come_back_as_they_were(used, volumes, method):
    network, picture = used
    before, batch = picture(), volumes()
    explained(network, batch, method)
    assert picture() == before
    assert torch.equal(batch, volumes()) and batch.grad is None and not batch.requires_grad


@pytest.mark.parametrize("fault", [RuntimeError, KeyboardInterrupt])
@pytest.mark.parametrize("method", methods())
def test_the_network_comes_back_as_it_was_after_an_interruption(used, volumes, method, fault):
    network, picture = used

    def interrupt(*_):
        raise fault

    handle = network.linear.register_forward_pre_hook(interrupt)
    before = picture()
    with pytest.raises(fault):
        explained(network, volumes(), method)
    assert picture() == before
    handle.remove()
    assert torch.backends.cudnn.allow_tf32


@pytest.mark.parametrize("method", methods())
@pytest.mark.parametrize("axes", [2, 3])
def test_a_map_does_not_depend_on_its_batch_mates(net, volumes, differs, method, axes):
    network, batch = net(axes=axes), volumes(axes)
    signed = {"relu": False} if method == "grad_cam" else {}
    together = explained(network, batch, method, **signed)
    for one, volume in zip(together, batch, strict=True):
        assert differs(one, explained(network, volume[None], method, **signed)[0]) < 1e-10


@pytest.mark.parametrize("method", methods())
def test_a_background_of_zeros_gives_maps_of_its_own_for_each_volume(net, brain, differs, method):
    together = explained(net(), brain, method, target=1)
    assert torch.isfinite(together).all() and (together != 0).any()
    assert differs(together[1], explained(net(), brain[1:2], method, target=1)[0]) < 1e-10


@pytest.mark.parametrize("method", methods())
def test_training_mode_dropout_and_batch_statistics_play_no_part(net, volumes, method):
    training, evaluated = net().train(), net().eval()
    assert torch.equal(explained(training, volumes(), method), explained(evaluated, volumes(), method))


@pytest.mark.parametrize("method", methods())
def test_frozen_weights_and_blocks_without_gradients_change_nothing(net, volumes, method):
    plain = explained(net(), volumes(), method)
    assert torch.equal(explained(net().requires_grad_(False), volumes(), method), plain)
    with torch.no_grad():
        assert torch.equal(explained(net(), volumes(), method), plain)
    network = net()
    with torch.inference_mode():
        assert torch.equal(explained(network, volumes(), method), plain)


@pytest.mark.parametrize("method", methods())
def test_a_view_into_another_tensor_gives_the_map_of_its_copy(net, volumes, method):
    view = volumes().transpose(2, 4).contiguous().transpose(2, 4)
    assert not view.is_contiguous()
    assert torch.equal(explained(net(), view, method), explained(net(), volumes(), method))


@pytest.mark.parametrize("method", methods())
@pytest.mark.parametrize("kind", [torch.float32, torch.bfloat16])
def test_maps_have_the_type_of_the_volumes(net, volumes, differs, method, kind):
    network = net().to(kind)
    single = explained(network, volumes().to(kind), method, target=1)
    assert single.dtype == kind and single.shape == volumes().shape
    if kind == torch.float32:
        assert differs(single.double(), explained(net(), volumes(), method, target=1)) < 1e-2


@pytest.mark.parametrize("method", methods())
def test_the_same_request_gives_the_same_bytes(net, volumes, method):
    assert torch.equal(explained(net(), volumes(), method), explained(net(), volumes(), method))


@pytest.mark.parametrize("method", methods())
def test_no_volumes_give_no_maps(net, volumes, method):
    assert explained(net(), volumes()[:0], method).shape == (0, 1, 7, 6, 9)


@pytest.mark.parametrize("method", methods())
def test_a_unit_inside_the_network_can_be_explained(net, volumes, method):
    network, batch = net(), volumes()
    layer = {"layer": "norm1"} if method == "grad_cam" else {}
    found = explained(network, batch, method, target=("norm2", 3, (1, 0, 2)), **layer)
    assert found.shape == batch.shape and torch.isfinite(found).all() and (found != 0).any()
    if method == "gradient":
        leaf = batch.clone().requires_grad_()
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
