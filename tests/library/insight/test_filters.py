import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from voxplain.insight.filters import COLUMNS, STATES, filter_table
from voxplain.insight.weights import all_weights
from voxplain.networks.build import build

torch.set_num_threads(1)
SHAPE = (7, 6, 9)


class Blocks(nn.Module):
    """Two blocks of convolution, norm and ReLU, called in the way ``relu`` says, and a linear layer."""

    def __init__(self, relu="module"):
        super().__init__()
        self.conv1, self.norm1 = nn.Conv3d(1, 4, 3), nn.BatchNorm3d(4)
        self.conv2, self.norm2 = nn.Conv3d(4, 3, 2), nn.BatchNorm3d(3)
        self.relu, self.linear = nn.ReLU(inplace=relu == "in_place"), nn.Linear(3, 2)
        self.called = {"functional": F.relu, "method": torch.Tensor.relu_}.get(relu, self.relu)

    def forward(self, volumes):
        volumes = F.max_pool3d(self.called(self.norm1(self.conv1(volumes))), 2)
        return self.linear(self.called(self.norm2(self.conv2(volumes))).mean((2, 3, 4)))


def scans(n=5, seed=1, shape=SHAPE):
    return torch.rand(n, 1, *shape, generator=torch.Generator().manual_seed(seed))


def made(relu="module"):
    torch.manual_seed(2)
    network = Blocks(relu)
    network.norm1.running_mean[:] = 0.1
    network.norm1.running_var[:] = torch.tensor([0.5, 2.0, 1.0, 1.5])
    torch.nn.init.ones_(network.norm2.bias)
    return network.eval()


@pytest.mark.parametrize("relu", ["module", "in_place", "functional", "method"])
def test_outputs_are_those_of_a_plain_pass_however_relu_is_called(relu):
    network, volumes = made(relu), scans()
    table = filter_table(network, volumes, batch=2)
    with torch.no_grad():
        first = F.relu(network.norm1(network.conv1(volumes)))
        second = F.relu(network.norm2(network.conv2(F.max_pool3d(first, 2))))
        logits = network(volumes)
    for layer, output in (("conv1", first), ("conv2", second)):
        rows = table[table["layer"] == layer]
        assert set(rows["read_at"]) == {"relu"} and set(rows["scans"]) == {5}
        np.testing.assert_allclose(rows["largest"], output.amax((0, 2, 3, 4)), rtol=1e-5)
        np.testing.assert_allclose(rows["smallest"], output.amin((0, 2, 3, 4)), atol=1e-6)
        np.testing.assert_allclose(rows["above_zero"], (output > 0).flatten(2).any(2).float().mean(0))
    rows = table[table["layer"] == "linear"]
    assert set(rows["read_at"]) == {"layer"}
    np.testing.assert_allclose(rows["largest"], logits.amax(0), rtol=1e-5)


def test_norms_are_those_of_the_weights_and_the_effective_one_is_what_batch_norm_leaves():
    network = made()
    table = filter_table(network, scans(2)).set_index(["layer", "filter"])
    assert list(filter_table(network).columns) == COLUMNS
    for layer, weights in all_weights(network).items():
        for place, one in enumerate(weights):
            row = table.loc[layer, place]
            assert row["l1"] == pytest.approx(np.linalg.norm(one.ravel(), 1))
            assert row["l2"] == pytest.approx(np.linalg.norm(one.ravel(), 2))
            assert row["largest_weight"] == pytest.approx(np.linalg.norm(one.ravel(), np.inf))
            assert row["inputs"] == one.shape[0] and row["cells"] == one[0].size
            assert row["bias"] == pytest.approx(network.get_submodule(layer).bias[place].item())
    # what a convolution with the norm folded into it would have
    fused = nn.utils.fusion.fuse_conv_bn_eval(network.conv1, network.norm1)
    expected = fused.weight.detach().flatten(1).norm(dim=1).numpy()
    np.testing.assert_allclose(table.loc["conv1"]["effective_l2"], expected, rtol=1e-6)
    assert (table.loc["linear"]["gain"] == 1).all()


def test_zero_and_dead_filters_are_told_apart_and_the_others_are_alive():
    network = made()
    with torch.no_grad():
        network.conv1.weight[1] = 0
        network.norm1.bias[2] = -50
        network.norm2.weight[0] = 0
    table = filter_table(network, scans())
    states = table.set_index(["layer", "filter"])["state"]
    assert states["conv1"].tolist() == ["alive", "zero", "dead", "alive"]
    assert states["conv2"].tolist() == ["zero", "alive", "alive"] and set(states["linear"]) == {"alive"}
    why = table.set_index(["layer", "filter"])["why"]
    assert why["conv1", 1] == "all weights are 0" and why["conv1", 2] == "never above 0"
    assert why["conv2", 0] == "batch norm multiplies it by 0" and set(table["state"]) <= set(STATES)


def test_a_filter_that_speaks_in_one_scan_alone_is_not_dead():
    network, volumes = made(), scans(6)
    with torch.no_grad():
        network.conv1.weight[0], network.conv1.bias[0], network.norm1.running_mean[0] = 1, -100, 0
    volumes[4] += 50
    row = filter_table(network, volumes, batch=4).iloc[0]
    assert row["state"] == "alive" and row["above_zero"] == pytest.approx(1 / 6)
    assert filter_table(network, volumes[:4]).iloc[0]["state"] == "dead"


def test_a_filter_behind_an_activation_that_lets_negative_values_through_is_dead_only_where_it_is_constant():
    network = nn.Sequential(nn.Conv3d(1, 2, 3), nn.ELU(), nn.Flatten(), nn.Linear(2 * 5 * 4 * 7, 2))
    with torch.no_grad():
        network[0].bias[:] = torch.tensor([-5.0, -200.0])
    table = filter_table(network, scans())
    assert table["above_zero"].tolist()[:2] == [0, 0]
    assert table["state"].tolist()[:2] == ["alive", "dead"] and table["why"][1] == "the same value everywhere"


class Shortcut(nn.Module):
    """Hands the convolution's own values on beside their ReLU."""

    def __init__(self):
        super().__init__()
        self.conv, self.linear = nn.Conv3d(1, 2, 3), nn.Linear(2, 2)

    def forward(self, volumes):
        found = self.conv(volumes)
        return self.linear((found + F.relu(found)).mean((2, 3, 4)))


def test_a_filter_whose_values_also_take_a_shortcut_around_relu_is_not_dead():
    network = Shortcut()
    with torch.no_grad():
        network.conv.bias[:] = -20
    table = filter_table(network, scans())
    assert table["above_zero"][0] == 0 and table["state"][0] == "alive"


def test_a_layer_that_runs_twice_is_read_both_times():
    conv = nn.Conv3d(1, 1, 1, bias=False)
    network = nn.Sequential(conv, nn.ReLU(), conv, nn.ReLU(), nn.Flatten(), nn.Linear(378, 2))
    with torch.no_grad():
        conv.weight[:] = 2
    volumes = scans(3)
    assert filter_table(network, volumes).iloc[0]["largest"] == pytest.approx(4 * volumes.max().item())


def test_without_scans_only_what_is_zero_is_known():
    network = made()
    with torch.no_grad():
        network.conv2.weight[2] = 0
    table = filter_table(network)
    assert table["state"].tolist() == ["undefined"] * 6 + ["zero"] + ["undefined"] * 2
    assert (table["scans"] == 0).all() and table["largest"].isna().all()


def test_layers_that_do_not_run_are_undefined_and_covariates_are_handed_on():
    network = build("vae_age", (61, 61, 62), width=2, covariates=1)
    table = filter_table(network, torch.rand(1, 1, 61, 61, 62), covariates=torch.ones(1, 1)).set_index("layer")
    assert set(table.loc["decoder.up2"]["state"]) == {"undefined"}
    assert set(table.loc["features.conv1"]["read_at"]) == {"leaky_relu"}


@pytest.mark.parametrize(("name", "shape"), [("vox_resnet_cam", (16, 14, 18)), ("slab_cnn", (22, 9, 24))])
def test_the_network_comes_back_as_it_was(name, shape):
    network = build(name, shape, width=2).train()
    before = {key: value.clone() for key, value in network.state_dict().items()}
    table = filter_table(network, scans(2, shape=shape))
    assert len(table) == sum(len(one) for one in all_weights(network).values()) and (table["read_at"] != "").all()
    assert network.training and all(torch.equal(value, before[key]) for key, value in network.state_dict().items())
    assert not any(one._forward_hooks or one._forward_pre_hooks for one in network.modules())
