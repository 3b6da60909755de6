import numpy as np
import pytest
import torch
import torch.nn.functional as F
from scipy.stats import entropy
from torch import nn

from voxplain.errors import InputError, UnsupportedModel
from voxplain.insight.first_layer import first_layer_study, level_entropy, map_statistics, value_ranges
from voxplain.networks.build import build
from voxplain.store import Volumes, write_store

torch.set_num_threads(1)
SHAPE = (24, 22, 26)


class Listed(list):
    """Volumes of scans, as a store has them."""

    def __init__(self, volumes, prefix="sub-"):
        super().__init__(volumes)
        self.scans = [f"{prefix}{place}" for place in range(len(self))]
        self.subjects = self.scans


def scans(n=4, seed=1, shape=SHAPE, channels=1):
    return Listed(torch.rand(n, channels, *shape, generator=torch.Generator().manual_seed(seed)))


@pytest.fixture
def network():
    torch.manual_seed(1)
    made = build("mrinet", SHAPE, width=3)
    made.features.norm1.running_mean[:] = torch.tensor([0.1, -0.2, 0.0])
    return made


def first_maps(network, volumes):
    with torch.no_grad():
        return network.eval().features[:4](torch.stack(list(volumes)))


def test_means_are_those_of_what_the_first_block_hands_on(network):
    volumes = scans()
    table = map_statistics(network, volumes, value_ranges(network, volumes), batch=3)
    maps = first_maps(network, volumes)
    assert list(table.columns) == ["scan", "subject", "layer", "map", "mean", "entropy"]
    assert table["scan"].tolist() == np.repeat(volumes.scans, 3).tolist() and table["map"].tolist() == [0, 1, 2] * 4
    assert set(table["layer"]) == {"features.pool1"}
    np.testing.assert_allclose(table["mean"], maps.mean((2, 3, 4)).flatten(), rtol=1e-6)


def test_entropies_are_those_of_a_histogram_of_levels(network):
    volumes, training = scans(), scans(3, seed=9)
    ranges = value_ranges(network, training)
    reference = first_maps(network, training).numpy()
    np.testing.assert_allclose(ranges[:, 0], reference.min((0, 2, 3, 4)), rtol=1e-6)
    np.testing.assert_allclose(ranges[:, 1], reference.max((0, 2, 3, 4)), rtol=1e-6)
    table = map_statistics(network, volumes, ranges)
    for row in table.itertuples():
        values = first_maps(network, [volumes[volumes.scans.index(row.scan)]])[0, row.map].numpy().astype(float)
        low, high = ranges[row.map]
        levels = np.clip((values - low) / (high - low) * 255, 0, 255).astype(int)
        assert row.entropy == pytest.approx(entropy(np.bincount(levels.ravel(), minlength=256)), abs=1e-9)


def test_as_published_a_batch_is_scaled_by_its_own_range_over_all_maps(network):
    volumes = scans(4)
    table = map_statistics(network, volumes, batch=2)
    expected = []
    for start in (0, 2):
        maps = first_maps(network, volumes[start : start + 2]).numpy().astype(float)
        whole = ((maps - maps.min()) / (maps.max() - maps.min()) * 255).astype(np.uint8)
        for one in whole.reshape(-1, whole[0, 0].size):
            counts, _ = np.histogram(one, bins=256, range=(0, 256))
            shares = counts[counts > 0] / one.size
            expected.append(-(shares * np.log(shares)).sum())
    np.testing.assert_allclose(table["entropy"], expected, atol=1e-9)


def test_the_entropy_of_a_constant_map_is_0_and_of_equally_many_of_each_level_the_logarithm_of_their_number():
    values = torch.stack([torch.full((512,), 3.0), torch.arange(512.0) // 2, (torch.arange(512.0) % 2) * 255])[None]
    found = level_entropy(values.double(), torch.tensor([[0.0, 255.0]] * 3, dtype=torch.float64))[0]
    assert found[0].item() == 0 and not np.signbit(found[0].item())
    assert found[1:].tolist() == pytest.approx([np.log(256), np.log(2)])
    assert level_entropy(values[:, :1], torch.tensor([[3.0, 3.0]])).item() == 0, "also where the range is a point"


def test_a_map_that_is_dead_has_entropy_0_and_mean_0(network):
    with torch.no_grad():
        network.features.norm1.bias[1] = -100
    table = map_statistics(network, scans(), value_ranges(network, scans(seed=2)))
    dead = table[table["map"] == 1]
    assert (dead["entropy"] == 0).all() and (dead["mean"] == 0).all() and (table["entropy"] > 0).sum() == 8


def test_a_scan_has_the_same_numbers_whichever_it_is_read_with(network):
    volumes, ranges = scans(5), value_ranges(network, scans(seed=2))
    together = map_statistics(network, volumes, ranges, batch=5)
    alone = map_statistics(network, Listed(volumes[:1]), ranges, batch=1)
    np.testing.assert_allclose(together.iloc[:3][["mean", "entropy"]], alone[["mean", "entropy"]], rtol=1e-5)


def test_a_planted_shift_is_found_in_the_map_that_shows_it_and_in_no_other():
    """The first filter hands on what is bright, the second an edge along x, which both groups have alike."""
    conv = nn.Conv3d(1, 3, (3, 1, 1), bias=False)
    with torch.no_grad():
        conv.weight[:] = torch.tensor([[0.0, 1, 0], [-1, 0, 1], [0, 0, 0]]).view(3, 1, 3, 1, 1)
    network = nn.Sequential(conv, nn.ReLU(), nn.MaxPool3d(2), nn.Conv3d(3, 2, 2), nn.Flatten(), nn.Linear(24, 2))
    volumes = scans(30, shape=(8, 7, 9))
    generator = torch.Generator().manual_seed(3)
    for place, volume in enumerate(volumes):
        volume += 0.05 * torch.randn(1, generator=generator) + 0.15 * (place % 2)
    groups = {scan: "FM"[place % 2] for place, scan in enumerate(volumes.scans)}
    statistics, differences = first_layer_study(network, volumes, scans(6, seed=5, shape=(8, 7, 9)), groups)
    assert set(statistics["layer"]) == {"2"} and len(differences) == 6
    means = differences[differences["measure"] == "mean"].set_index("map")
    assert means.loc[0, "p_holm"] < 0.001 and means.loc[0, "g_high"] < 0 and means.loc[0, "second"] == "M"
    assert means.loc[1, "p"] > 0.05 and means.loc[1, "g_low"] < 0 < means.loc[1, "g_high"]
    assert means.loc[2, "reason"] == "it does not vary between subjects"


def test_an_untrained_network_stands_beside_the_trained_one(network):
    volumes, training = scans(6), scans(3, seed=2)
    groups = {scan: place % 2 for place, scan in enumerate(volumes.scans)}
    other = build("mrinet", SHAPE, width=3)
    statistics, differences = first_layer_study(network, volumes, training, groups, untrained=other)
    alone, _ = first_layer_study(other, volumes, training, groups)
    untrained = statistics[statistics["network"] == "untrained"].reset_index(drop=True)
    assert untrained["mean"].tolist() == alone["mean"].tolist()
    assert differences.groupby("network").size().to_dict() == {"trained": 6, "untrained": 6}


class Functional(nn.Module):
    """ReLU and pooling as functions, in place, and a shortcut around the second convolution."""

    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv3d(2, 3, 3), nn.Conv3d(3, 3, 3, padding=1)
        self.linear = nn.Linear(3, 2)
        self.ran = []

    def forward(self, volumes):
        volumes = F.avg_pool3d(F.relu_(self.conv1(volumes)), 2)
        volumes = volumes + self.conv2(volumes)
        self.ran.append(len(volumes))
        return self.linear(volumes.mean((2, 3, 4)))


def test_functions_count_as_modules_do_and_nothing_behind_the_first_block_is_run():
    network, volumes = Functional().train(), scans(shape=(9, 8, 11), channels=2)
    table = map_statistics(network, volumes, value_ranges(network, volumes))
    with torch.no_grad():
        maps = F.avg_pool3d(F.relu(network.conv1(torch.stack(list(volumes)))), 2)
    np.testing.assert_allclose(table["mean"], maps.mean((2, 3, 4)).flatten(), rtol=1e-5)
    assert not network.ran and network.training and not network.conv1._forward_hooks


class Doubled(nn.Module):
    """Doubles in place what the first block hands on."""

    def __init__(self):
        super().__init__()
        self.conv1, self.pool, self.conv2 = nn.Conv3d(1, 2, 3), nn.MaxPool3d(2), nn.Conv3d(2, 2, 1)

    def forward(self, volumes):
        volumes = self.pool(self.conv1(volumes))
        volumes *= 2
        return self.conv2(volumes).mean((2, 3, 4))


def test_what_is_done_in_place_behind_the_named_layer_does_not_enter():
    network, volumes = Doubled(), scans(2, shape=(8, 7, 9))
    table = map_statistics(network, volumes)
    with torch.no_grad():
        maps = network.pool(network.conv1(torch.stack(list(volumes))))
    assert set(table["layer"]) == {"pool"}
    np.testing.assert_allclose(table["mean"], maps.mean((2, 3, 4)).flatten(), rtol=1e-5)


def test_a_network_of_one_convolution_shows_what_it_makes_before_its_cells_are_averaged():
    network = nn.Sequential(nn.Conv3d(1, 2, 3), nn.ReLU(), nn.AdaptiveAvgPool3d(1), nn.Flatten(), nn.Linear(2, 2))
    volumes = scans(3, shape=(5, 6, 7))
    table = map_statistics(network, volumes, layer=None)
    assert set(table["layer"]) == {"1"} and (table["entropy"] > 0).any()


def test_any_layer_with_maps_can_be_looked_at(network):
    volumes = scans()
    table = map_statistics(network, volumes, layer="features.conv2")
    with torch.no_grad():
        maps = network.eval().features[:5](torch.stack(list(volumes)))
    np.testing.assert_allclose(table["mean"], maps.mean((2, 3, 4)).flatten(), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    ("name", "shape"), [("vae_age", (61, 61, 62)), ("slab_cnn", (22, 9, 24)), ("sfcn", (33, 34, 35))]
)
def test_networks_of_the_zoo_have_a_first_layer(name, shape):
    network = build(name, shape, width=2)
    table = map_statistics(network, scans(2, shape=shape))
    assert table["mean"].notna().all() and (table["entropy"] > 0).all() and len(table) == 4


def test_scans_of_a_store_keep_their_names(tmp_path, network):
    generator = np.random.default_rng(1)
    rows = [(f"sub-{one}_ses-1", f"sub-{one}", generator.random(SHAPE), np.ones(SHAPE)) for one in "ba"]
    write_store(tmp_path / "one.h5", rows, np.eye(4), "mni152", {})
    table = map_statistics(network, Volumes(tmp_path / "one.h5", ["sub-a_ses-1"]))
    assert set(table["scan"]) == {"sub-a_ses-1"} and set(table["subject"]) == {"sub-a"}


def test_a_value_that_is_not_finite_is_undefined_and_leaves_the_others_alone(network):
    volumes = scans(2)
    expected = map_statistics(network, volumes, value_ranges(network, volumes))
    ranges = value_ranges(network, volumes)
    volumes[0][0, 3, 3, 3] = torch.nan
    table = map_statistics(network, volumes, ranges)
    assert table[:3][["mean", "entropy"]].isna().all(axis=None)
    np.testing.assert_allclose(table[3:]["entropy"], expected[3:]["entropy"])
    with pytest.raises(InputError, match="not finite"):
        value_ranges(network, volumes)


def test_what_has_no_maps_is_refused_in_a_line(network):
    with pytest.raises(UnsupportedModel, match="no maps"):
        map_statistics(nn.Sequential(nn.Flatten(), nn.Linear(24, 2)), scans(2, shape=(2, 3, 4)))
    with pytest.raises(UnsupportedModel, match="runs no layer with weights"):
        map_statistics(nn.Sequential(nn.ReLU()), scans(2, shape=(2, 3, 4)))
    with pytest.raises(UnsupportedModel, match='layer "classifier.3" gives'):
        map_statistics(network, scans(), layer="classifier.3")
    with pytest.raises(UnsupportedModel, match='layer "0" is TorchScript'):
        map_statistics(nn.Sequential(torch.jit.script(nn.Conv3d(1, 2, 1))), scans(2, shape=(2, 3, 4)))
    with pytest.raises(InputError, match="has 3 maps, but there are ranges of 2"):
        map_statistics(network, scans(), np.zeros((2, 2)))
    with pytest.raises(InputError, match="there is no scan"):
        map_statistics(network, Listed([]))
