import pytest
import torch
import torch.nn.functional as F

from voxplain.attribution.attribute import attribute
from voxplain.errors import SettingsError


def cells_by_hand(network, volumes, layer, classes):
    """sum_k ReLU(slope) * value by a plain loop, of the logit of each volume's class."""
    kept, network = [], network.eval()
    handle = network.get_submodule(layer).register_forward_hook(lambda _, __, output: kept.append(output))
    logits = network(volumes)
    handle.remove()
    slopes = torch.autograd.grad(logits.gather(1, torch.tensor(classes)[:, None]).sum(), kept[0])[0]
    found = torch.zeros_like(kept[0][:, 0])
    for row, (values, slope) in enumerate(zip(kept[0].detach(), slopes, strict=True)):
        for channel, one in zip(values, slope, strict=True):
            found[row] += torch.where(one > 0, one * channel, 0)
    return found


def stretched(cells, volumes):
    mode = "trilinear" if volumes.dim() == 5 else "bilinear"
    return F.interpolate(cells[:, None], volumes.shape[2:], mode=mode, align_corners=False).expand_as(volumes)


@pytest.mark.parametrize("axes", [2, 3])
@pytest.mark.parametrize("layer", ["conv1", "norm2", "again"])
def test_it_is_each_cell_by_its_own_positive_slope(net, volumes, differs, axes, layer):
    batch, classes = volumes(axes, channels=2), [2, 0, 1]
    options = {"target": classes, "score": "logit", "layer": layer, "placement": "stretch"}
    expected = cells_by_hand(net(axes=axes, channels=2), batch, layer, classes)
    signed = attribute(net(axes=axes, channels=2), batch, "layer_cam", relu=False, **options)
    assert differs(signed, stretched(expected, batch)) < 1e-10
    found = attribute(net(axes=axes, channels=2), batch, "layer_cam", **options)
    assert differs(found, stretched(expected.relu(), batch)) < 1e-10


def test_in_a_background_of_zeros_it_is_that_too(net, brain, differs):
    expected = cells_by_hand(net(), brain, "norm2", [0, 1, 2])
    options = {"target": [0, 1, 2], "score": "logit", "layer": "norm2", "placement": "stretch", "relu": False}
    assert differs(attribute(net(), brain, "layer_cam", **options), stretched(expected, brain)) < 1e-10


def test_counterfactual_takes_the_slopes_that_speak_against(net, volumes):
    options = {"target": 1, "score": "logit", "relu": False, "layer": "norm2"}
    both = [attribute(net(), volumes(), "layer_cam", counterfactual=one, **options) for one in (False, True)]
    plain = attribute(net(), volumes(), "hires_cam", **options)
    torch.testing.assert_close(both[0] - both[1], plain)


@pytest.mark.parametrize("method", ["grad_cam", "layer_cam", "hires_cam"])
def test_several_layers_give_the_mean_of_their_maps(net, volumes, method):
    names = ["norm1", "again", "conv2"]
    maps = [attribute(net(), volumes(), method, target=1, layer=name) for name in names]
    found = attribute(net(), volumes(), method, target=1, layer=names)
    torch.testing.assert_close(found, sum(maps) / 3)
    assert not torch.equal(maps[0], maps[1])
    assert torch.equal(attribute(net(), volumes(), method, target=1, layer=["again"]), maps[1])


def test_the_largest_of_several_maps_as_they_are_and_as_published(net, volumes):
    maps = [attribute(net(), volumes(), "layer_cam", target=1, layer=name) for name in ("norm1", "again")]
    options = {"target": 1, "layer": ["norm1", "again"]}
    found = attribute(net(), volumes(), "layer_cam", fuse="max", **options)
    assert torch.equal(found, torch.maximum(*maps))
    published = attribute(net(), volumes(), "layer_cam", fuse="published", **options)
    scaled = [torch.stack([torch.tanh(2 * one / one.max()) for one in of_layer]) for of_layer in maps]
    torch.testing.assert_close(published, torch.maximum(*scaled))


@pytest.mark.parametrize("options", [{}, {"fuse": "published"}, {"mask": "nonzero"}, {"placement": "stretch"}])
def test_a_zero_map_stays_zero(net, volumes, options):
    network = net()
    with torch.no_grad():
        network.linear.weight.zero_()
    assert (attribute(network, volumes(), "layer_cam", target=1, **options) == 0).all()


@pytest.mark.parametrize("method", ["grad_cam", "layer_cam", "hires_cam"])
def test_a_brain_in_zeros_keeps_the_map_to_itself_when_masked(net, brain, differs, method):
    found = attribute(net(), brain, method, target=1, relu=False, mask="nonzero", layer="norm2")
    assert (found[brain == 0] == 0).all() and (found[brain != 0] != 0).any() and torch.isfinite(found).all()
    alone = attribute(net(), brain[2:], method, target=1, relu=False, mask="nonzero", layer="norm2")
    assert differs(found[2:], alone) < 1e-10


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"layer": []}, r"layer is \[\]; name one layer, or several that differ"),
        ({"layer": ["conv1", "conv1"]}, "several that differ"),
        ({"layer": ["conv1", "conv3"]}, 'no layer "conv3" in Net; did you mean "conv2"'),
        ({"fuse": "sum"}, "fuse is 'sum'; use one of mean, max, published"),
    ],
)
def test_wrong_layers_and_ways_to_join_them_are_refused_in_one_line(net, volumes, options, words):
    with pytest.raises(SettingsError, match=words) as refusal:
        attribute(net(), volumes(), "layer_cam", **options)
    assert "\n" not in str(refusal.value)
