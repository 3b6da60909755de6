"""Methods asked together give the maps that each gives alone, and share what they need."""

import pytest
import torch

import voxplain
from tests.library.attribution.every_method import QUICK
from voxplain.attribution.attribute import attribute, attribute_all
from voxplain.attribution.lean import Lean
from voxplain.attribution.notes import notes
from voxplain.attribution.stems import DenseStem
from voxplain.errors import InputError, SettingsError, UnsupportedModel

SHARING = ("gradient", "grad_times_input", "guided_backprop", "deconvnet", "grad_cam", "guided_grad_cam")


@pytest.mark.parametrize("target", ["predicted", 1, ("norm2", 3, (1, 0, 2))])
@pytest.mark.parametrize("kind", [torch.float64, torch.float32])
def test_each_map_is_to_the_last_bit_that_of_the_method_alone(net, volumes, target, kind):
    network, batch = net().to(kind), volumes().to(kind)
    layer = {"layer": "norm1"}
    asked = {name: layer if "cam" in name else {} for name in SHARING}
    asked |= {name: QUICK[name] for name in ("integrated_gradients", "smoothgrad", "occlusion")}
    before = {name: value.clone() for name, value in network.state_dict().items()}
    found = attribute_all(network, batch, asked, target=target)
    assert list(found) == list(asked)
    for name, options in asked.items():
        assert torch.equal(found[name], attribute(network, batch, name, target=target, **options)), name
    assert network.training and all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


def test_a_map_does_not_depend_on_the_others_or_their_order(net, volumes):
    one = attribute_all(net(), volumes(), SHARING, target=1)
    other = attribute_all(net(), volumes(), SHARING[::-1], target=1)
    assert all(torch.equal(one[name], other[name]) for name in SHARING)


def test_six_methods_share_one_way_there_and_three_ways_back(monkeypatch, net, volumes):
    network = net()
    attribute(network, volumes(), "gradient", target=1)
    there, back = [], []
    outputs, stem_back = Lean.outputs, DenseStem.back
    monkeypatch.setattr(Lean, "outputs", lambda self, *given: there.append(1) or outputs(self, *given))
    monkeypatch.setattr(DenseStem, "back", lambda self, *args: back.append(1) or stem_back(self, *args))
    attribute_all(network, volumes(), SHARING, target=1)
    assert len(there) == 1 and len(back) == 3


def test_a_method_can_be_asked_twice_with_other_options(net, volumes):
    asked = {"cam": {"method": "grad_cam"}, "early": {"method": "grad_cam", "layer": "norm1", "relu": False}}
    found = attribute_all(net(), volumes(), asked, target=1)
    assert torch.equal(found["cam"], attribute(net(), volumes(), "grad_cam", target=1))
    assert torch.equal(found["early"], attribute(net(), volumes(), "grad_cam", target=1, layer="norm1", relu=False))
    assert asked["cam"] == {"method": "grad_cam"}


def test_what_methods_say_is_kept_apart_by_name(net, volumes):
    with notes() as said:
        asked = {"coarse": {"method": "integrated_gradients", "steps": 2}, "fine": {"method": "integrated_gradients"}}
        attribute_all(net(), volumes(), asked, target=1)
    assert len(said["coarse"]["completeness_error"]) == 3 == len(said["fine"]["completeness_error"])
    assert said["coarse"]["completeness_error"] != said["fine"]["completeness_error"]


def test_no_volumes_and_no_methods_give_nothing(net, volumes):
    found = attribute_all(net(), volumes()[:0], ["gradient", "grad_cam"])
    assert [one.shape for one in found.values()] == [(0, 1, 7, 6, 9)] * 2
    assert attribute_all(net(), volumes(), []) == {}


def test_wrong_requests_are_refused_as_of_each_method(net, volumes):
    with pytest.raises(SettingsError, match='unknown method "cam2"; did you mean "cam"'):
        attribute_all(net(), volumes(), ["gradient", "cam2"])
    with pytest.raises(SettingsError, match='unknown option "steps" of gradient'):
        attribute_all(net(), volumes(), {"gradient": {"steps": 3}})
    with pytest.raises(InputError, match="volumes have shape"):
        attribute_all(net(), volumes()[0, 0], ["gradient"])
    with pytest.raises(UnsupportedModel, match="runs gelu, and guided_backprop is defined for"):
        attribute_all(net(act=torch.nn.GELU()), volumes(), ["gradient", "guided_backprop"], target=1)


def test_it_is_a_public_name():
    assert voxplain.attribute_all is attribute_all
