import pytest
import torch
import torch.nn.functional as F
from captum.attr import GuidedGradCam
from torch import nn

from voxplain.attribution.attribute import attribute
from voxplain.errors import UnsupportedModel


@pytest.mark.parametrize("axes", [2, 3])
@pytest.mark.parametrize("layer", ["conv1", "norm2", "block.0.0"])
def test_it_is_that_of_captum(net, volumes, differs, axes, layer):
    batch, classes = volumes(axes, channels=2), [2, 0, 1]
    options = {"target": classes, "score": "logit", "layer": layer, "placement": "stretch"}
    ours = attribute(net(axes=axes, channels=2), batch, "guided_grad_cam", **options)
    peer = net(axes=axes, channels=2).eval()
    mode = {2: "bilinear", 3: "trilinear"}[axes]
    theirs = GuidedGradCam(peer, peer.get_submodule(layer)).attribute(
        batch.requires_grad_(), target=torch.tensor(classes), interpolate_mode=mode
    )
    assert theirs.abs().max() > 0
    assert differs(ours, theirs.detach()) < 1e-10


@pytest.mark.parametrize("layer", ["conv1", "norm2", "block.0.0"])
def test_in_a_background_of_zeros_it_is_that_of_captum(net, brain, differs, layer):
    options = {"target": 1, "score": "logit", "layer": layer, "placement": "stretch"}
    peer = net().eval()
    theirs = GuidedGradCam(peer, peer.get_submodule(layer)).attribute(
        brain.clone().requires_grad_(), target=1, interpolate_mode="trilinear"
    )
    assert theirs.abs().max() > 0
    assert differs(attribute(net(), brain, "guided_grad_cam", **options), theirs.detach()) < 1e-10


@pytest.mark.parametrize("options", [{}, {"counterfactual": True}, {"mask": "nonzero"}, {"layer": ["conv1", "norm2"]}])
def test_it_is_guided_backpropagation_where_grad_cam_finds_the_class(net, brain, options):
    found = attribute(net(), brain, "guided_grad_cam", target=1, **options)
    guided = attribute(net(), brain, "guided_backprop", target=1)
    where = attribute(net(), brain, "grad_cam", target=1, **options)
    assert torch.equal(found, guided * where) and (where >= 0).all() and (found != 0).any()


def test_functional_relu_counts_and_another_activation_is_refused_by_its_layer(net, volumes, differs):
    options = {"target": 1, "layer": "norm1"}
    plain = attribute(net(), volumes(), "guided_grad_cam", **options)
    assert differs(attribute(net("functional"), volumes(), "guided_grad_cam", **options), plain) < 1e-10
    with pytest.raises(UnsupportedModel, match='layer "block.0.0" runs elu.*guided') as refusal:
        network = net()
        network.block[0][0] = nn.ELU()
        attribute(network, volumes(), "guided_grad_cam", **options)
    assert "\n" not in str(refusal.value)
    with pytest.raises(UnsupportedModel, match="runs leaky_relu"):
        attribute(net(act=lambda values: F.leaky_relu(values, 0.1)), volumes(), "guided_grad_cam", **options)
