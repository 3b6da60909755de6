"""The same function written in another way gives the same map by every method, or is refused by name."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from tests.library.attribution.every_method import (
    ACTIVATIONS,
    EVERY,
    LINEAR_END,
    REFUSED_ACTIVATIONS,
    TELLING,
    explained,
    kind_for,
    options_of,
)
from voxplain.errors import UnsupportedModel

every_method = pytest.mark.parametrize("method", EVERY)
WRITTEN = {
    "leaky_relu": (nn.LeakyReLU(0.1), lambda values: F.leaky_relu(values, 0.1)),
    "elu": (nn.ELU(), F.elu),
    "gelu": (nn.GELU(), F.gelu),
    "softplus": (nn.Softplus(), F.softplus),
    "sigmoid": (nn.Sigmoid(), torch.sigmoid),
}


def telling(network, batch, method, **options):
    """Maps under the options in which small differences of the network show."""
    return explained(network, batch, method, **{**TELLING.get(method, {}), **options})


class WithSex(nn.Module):
    """A network of volumes and a covariate, and the one sex that all volumes of a call have."""

    def __init__(self, network, sex):
        super().__init__()
        self.network, self.sex = network, sex

    def forward(self, volumes):
        return self.network(volumes, torch.full((len(volumes), 1), self.sex, dtype=volumes.dtype))


class TwoInputs(nn.Module):
    def __init__(self, network, weight):
        super().__init__()
        self.network, self.weight = network, nn.Parameter(weight)

    def forward(self, volumes, sex):
        return self.network(volumes) + sex * self.weight


class Out(nn.Module):
    """``network`` whose outputs ``change`` alters."""

    def __init__(self, network, change):
        super().__init__()
        self.network, self.change = network, change

    def forward(self, volumes):
        return self.change(self.network(volumes))


@every_method
@pytest.mark.parametrize("axes", [2, 3])
@pytest.mark.parametrize("kind", ["in_place", "shared", "functional", "torch"])
def test_relu_in_place_shared_or_called_as_a_function_gives_the_map_of_relu_modules(
    net, volumes, differs, method, kind, axes
):
    batch, other = volumes(axes), {**kind_for(method), "axes": axes}
    # where the default layer is the last module, which these ways of writing a ReLU change
    layer = {"layer": "norm2"} if "layer" in options_of(method) else {}
    plain = telling(net("module", **other), batch, method, target=1, **layer)
    assert differs(telling(net(kind, **other), batch, method, target=1, **layer), plain) < 1e-10


@every_method
def test_a_network_in_a_network_gives_its_own_map(net, volumes, differs, method):
    plain = telling(net(**kind_for(method)), volumes(), method, target=1)
    nested = nn.Sequential(nn.Identity(), nn.Sequential(nn.Sequential(net(**kind_for(method)))))
    layer = {"layer": "1.0.0." + TELLING[method]["layer"]} if "layer" in TELLING.get(method, {}) else {}
    assert differs(telling(nested, volumes(), method, target=1, **layer), plain) < 1e-10


@every_method
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_other_activations_are_right_or_refused_in_either_way_of_writing_them(net, volumes, differs, method, name):
    module, function = WRITTEN[name]
    layer = {"layer": "norm2"} if "layer" in options_of(method) else {}

    def found(act):
        return telling(net(act=act, **kind_for(method)), volumes(), method, target=1, **layer)

    if name in REFUSED_ACTIVATIONS.get(method, ()):
        for act in (module, function):
            with pytest.raises(UnsupportedModel, match="layer|network") as refusal:
                found(act)
            assert "\n" not in str(refusal.value)
    else:
        assert differs(found(module), found(function)) < 1e-10


@every_method
def test_a_covariate_beside_the_volume_is_taken_in_by_a_wrapper(net, volumes, differs, method):
    weight = torch.tensor([0.3, -0.2, 0.5], dtype=torch.float64)
    shifted = net(**kind_for(method))
    with torch.no_grad():
        shifted.linear.bias += weight
    wrapped = WithSex(TwoInputs(net(**kind_for(method)), weight), 1.0)
    layer = {"layer": "network.network." + TELLING[method]["layer"]} if "layer" in TELLING.get(method, {}) else {}
    if method in LINEAR_END:
        with pytest.raises(UnsupportedModel, match="TwoInputs|layer"):
            telling(wrapped, volumes(), method, target=2)
        return
    plain = telling(shifted, volumes(), method, target=2)
    assert differs(telling(wrapped, volumes(), method, target=2, **layer), plain) < 1e-10


@every_method
def test_one_of_many_outputs_can_be_asked_for(net, volumes, differs, method):
    many = net(classes=1000, **kind_for(method))
    few = net(classes=2, **kind_for(method))
    with torch.no_grad():
        few.load_state_dict({name: value for name, value in many.state_dict().items() if "linear" not in name}, False)
        few.linear.weight.copy_(many.linear.weight[[3, 999]])
        few.linear.bias.copy_(many.linear.bias[[3, 999]])
    plain = telling(few, volumes(), method, target=1, score="logit")
    assert differs(telling(many, volumes(), method, target=[999] * 3), plain) < 1e-10


@every_method
def test_the_number_that_a_regression_gives_can_be_explained(net, volumes, differs, method):
    column = net(classes=1, **kind_for(method))
    found = telling(column, volumes(), method)
    assert found.shape == volumes().shape and (found != 0).any()
    twice = net(classes=2, **kind_for(method))
    with torch.no_grad():
        twice.load_state_dict({name: one for name, one in column.state_dict().items() if "linear" not in name}, False)
        twice.linear.weight.copy_(column.linear.weight.repeat(2, 1))
        twice.linear.bias.copy_(column.linear.bias.repeat(2))
    assert differs(found, telling(twice, volumes(), method, target=0, score="logit")) < 1e-10


@every_method
def test_a_regression_may_give_one_number_a_volume_without_an_axis_for_it(net, volumes, differs, method):
    column = net(classes=1, **kind_for(method))
    flat = Out(net(classes=1, **kind_for(method)), lambda values: values[:, 0])
    layer = {"layer": "network." + TELLING[method]["layer"]} if "layer" in TELLING.get(method, {}) else {}
    assert differs(telling(flat, volumes(), method, **layer), telling(column, volumes(), method)) < 1e-10


@every_method
def test_class_scores_are_what_the_names_say(net, volumes, differs, method):
    batch, network = volumes(), net(classes=2, **kind_for(method))
    other = Out(net(classes=2, **kind_for(method)), lambda values: values - values.flip(1))
    layer = {"layer": "network." + TELLING[method]["layer"]} if "layer" in TELLING.get(method, {}) else {}
    plain = telling(network, batch, method, target=1)
    assert torch.equal(telling(network, batch, method, target=1, score="log_odds"), plain)
    if method in LINEAR_END:
        with pytest.raises(UnsupportedModel, match="behind the mean"):
            telling(other, batch, method, target=1, score="logit")
        return
    assert differs(telling(other, batch, method, target=1, score="logit", **layer), plain) < 1e-10
