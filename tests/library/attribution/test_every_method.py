"""What holds for every method of the table, whatever it shows."""

from contextlib import suppress

import pytest
import torch
from torch import nn

from tests.library.attribution.every_method import BELOW_UNIT, CLASSES_ONLY, EVERY, TELLING, explained, kind_for
from voxplain.errors import VoxplainError

pytestmark = pytest.mark.parametrize("method", EVERY)


def hooks_of(network):
    kinds = [name for name in vars(nn.Module()) if name.endswith("_hooks")]
    return [{kind: dict(getattr(layer, kind)) for kind in kinds} for layer in network.modules()]


@pytest.fixture
def used(net, method):
    """A network with mixed modes, a frozen layer, a gradient and a hook of its user's, and a picture of all that."""
    network = net(**kind_for(method))
    network.conv1.requires_grad_(False)
    network.norm2.eval()
    network.linear.weight.grad = torch.ones_like(network.linear.weight)
    network.again.register_forward_hook(lambda *_: None)

    def picture():
        return {
            "modes": [layer.training for layer in network.modules()],
            "hooks": hooks_of(network),
            "layers": [(name, id(layer), type(layer), sorted(vars(layer))) for name, layer in network.named_modules()],
            "frozen": [weights.requires_grad for weights in network.parameters()],
            "gradients": [None if one.grad is None else one.grad.tolist() for one in network.parameters()],
            "weights": {name: value.tolist() for name, value in network.state_dict(keep_vars=True).items()},
            "tensors": [id(one) for one in [*network.parameters(), *network.buffers()]],
        }

    return network, picture


def test_the_network_and_the_volumes_come_back_as_they_were(used, volumes, method):
    network, picture = used
    before, batch = picture(), volumes()
    explained(network, batch, method)
    assert picture() == before
    assert torch.equal(batch, volumes()) and batch.grad is None and not batch.requires_grad


def test_volumes_that_ask_for_a_gradient_get_none_and_neither_do_the_maps(net, volumes, method):
    batch = volumes().requires_grad_()
    found = explained(net(**kind_for(method)), batch, method)
    assert batch.grad is None and batch.requires_grad and not found.requires_grad
    assert torch.equal(found, explained(net(**kind_for(method)), volumes(), method))


@pytest.mark.parametrize("passes", [0, 1, 2])
@pytest.mark.parametrize("fault", [RuntimeError, KeyboardInterrupt])
def test_the_network_comes_back_as_it_was_after_an_interruption(used, volumes, method, fault, passes):
    network, picture = used
    left = [passes]

    def interrupt(*_):
        left[0] -= 1
        if left[0] < 0:
            raise fault

    handle = network.linear.register_forward_pre_hook(interrupt)
    before = picture()
    # a method may need no more than one or two passes
    with suppress(fault) if passes else pytest.raises(fault):
        explained(network, volumes(), method)
    assert picture() == before
    handle.remove()
    assert torch.backends.cudnn.allow_tf32 and torch.is_grad_enabled()


def test_an_interruption_on_the_way_back_leaves_the_network_as_it_was(used, volumes, method):
    network, picture = used

    def interrupt(*_):
        raise KeyboardInterrupt

    handle = network.norm1.register_full_backward_hook(interrupt)
    before = picture()
    # a method that takes no gradient is not interrupted, one that watches ReLU may refuse the hook's own operations
    with suppress(KeyboardInterrupt, VoxplainError):
        explained(network, volumes(), method)
    assert picture() == before
    handle.remove()
    assert torch.is_grad_enabled()


@pytest.mark.parametrize("axes", [2, 3])
def test_a_map_does_not_depend_on_its_batch_mates(net, volumes, differs, method, axes):
    network, batch = net(axes=axes, **kind_for(method)), volumes(axes)
    together = explained(network, batch, method, **TELLING.get(method, {}))
    turned = explained(network, batch.flip(0), method, **TELLING.get(method, {})).flip(0)
    for one, other, volume in zip(together, turned, batch, strict=True):
        alone = explained(network, volume[None], method, **TELLING.get(method, {}))[0]
        assert alone.abs().max() > 0
        assert differs(one, alone) < 1e-10 and differs(other, alone) < 1e-10


def test_a_background_of_zeros_gives_maps_of_its_own_for_each_volume(net, brain, differs, method):
    network = net(**kind_for(method))
    together = explained(network, brain, method, target=1, **TELLING.get(method, {}))
    assert torch.isfinite(together).all() and (together != 0).any()
    alone = explained(network, brain[1:2], method, target=1, **TELLING.get(method, {}))[0]
    assert differs(together[1], alone) < 1e-10


@pytest.mark.parametrize("value", [0.0, 3.0])
def test_a_volume_of_one_value_gives_a_finite_map(net, volumes, method, value):
    batch = volumes()
    batch[1] = value
    found = explained(net(**kind_for(method)), batch, method, target=0)
    assert torch.isfinite(found).all()


def test_training_mode_dropout_and_batch_statistics_play_no_part(net, volumes, method):
    training, evaluated = net(**kind_for(method)).train(), net(**kind_for(method)).eval()
    assert torch.equal(explained(training, volumes(), method), explained(evaluated, volumes(), method))


def test_frozen_weights_and_blocks_without_gradients_change_nothing(net, volumes, method):
    plain = explained(net(**kind_for(method)), volumes(), method)
    assert torch.equal(explained(net(**kind_for(method)).requires_grad_(False), volumes(), method), plain)
    with torch.no_grad():
        assert torch.equal(explained(net(**kind_for(method)), volumes(), method), plain)
        assert not torch.is_grad_enabled()
    network = net(**kind_for(method))
    with torch.inference_mode():
        assert torch.equal(explained(network, volumes(), method), plain)


def test_a_view_into_another_tensor_gives_the_map_of_its_copy(net, volumes, method):
    view = volumes().transpose(2, 4).contiguous().transpose(2, 4)
    assert not view.is_contiguous()
    plain = explained(net(**kind_for(method)), volumes(), method)
    assert torch.equal(explained(net(**kind_for(method)), view, method), plain)
    every_second = torch.stack([volumes(), volumes() + 1], -1).flatten(-2)[..., ::2]
    assert torch.equal(every_second, volumes()) and not every_second.is_contiguous()
    assert torch.equal(explained(net(**kind_for(method)), every_second, method), plain)
    last = volumes().contiguous(memory_format=torch.channels_last_3d)
    assert torch.equal(explained(net(**kind_for(method)), last, method), plain)


@pytest.mark.parametrize("kind", [torch.float32, torch.bfloat16])
def test_maps_have_the_type_of_the_volumes(net, volumes, differs, method, kind):
    network = net(**kind_for(method)).to(kind)
    single = explained(network, volumes().to(kind), method, target=1, **TELLING.get(method, {}))
    assert single.dtype == kind and single.shape == volumes().shape and torch.isfinite(single).all()
    if kind == torch.float32:
        double = explained(net(**kind_for(method)), volumes(), method, target=1, **TELLING.get(method, {}))
        assert differs(single.double(), double) < 1e-2
        if "occlusion" in method:
            assert (single.double() - double).abs().max() < 1e-5


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
def test_maps_on_a_gpu_are_those_of_the_cpu(net, volumes, differs, method):
    network, options = net(**kind_for(method)), TELLING.get(method, {})
    plain = explained(network, volumes(), method, target=1, **options)
    found = explained(network.cuda(), volumes().cuda(), method, target=1, **options)
    assert found.is_cuda and differs(found.cpu(), plain) < 1e-10


def test_the_same_request_gives_the_same_bytes_and_draws_from_no_one_s_generator(net, volumes, method):
    network, batch = net(**kind_for(method)), volumes()
    torch.manual_seed(1)
    state = torch.get_rng_state()
    first = explained(network, batch, method)
    assert torch.equal(torch.get_rng_state(), state)
    torch.manual_seed(2)
    assert torch.equal(explained(net(**kind_for(method)), batch, method), first)


def test_no_volumes_give_no_maps(net, volumes, method):
    assert explained(net(**kind_for(method)), volumes()[:0], method).shape == (0, 1, 7, 6, 9)


def test_maps_of_images_and_of_several_channels_have_their_shape(net, volumes, method):
    for axes in (2, 3):
        batch = volumes(axes, channels=3)
        found = explained(net(axes=axes, channels=3, **kind_for(method)), batch, method, **TELLING.get(method, {}))
        assert found.shape == batch.shape and torch.isfinite(found).all() and (found != 0).flatten(1).any(1).all()


def test_a_unit_inside_the_network_can_be_explained_or_is_refused(net, volumes, method):
    network, batch, unit = net(**kind_for(method)), volumes(), ("norm2", 3, (1, 0, 2))
    if method in CLASSES_ONLY:
        with pytest.raises(VoxplainError, match=method) as refusal:
            explained(network, batch, method, target=unit)
        assert "\n" not in str(refusal.value)
        return
    found = explained(network, batch, method, target=unit, **BELOW_UNIT.get(method, {}))
    assert found.shape == batch.shape and torch.isfinite(found).all() and (found != 0).any()
