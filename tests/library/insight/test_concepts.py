import numpy as np
import pandas as pd
import pytest
import torch
from captum.attr import LayerGradientXActivation
from torch import nn

from tests.library.insight.made_regions import LABELS, NAMES, SHAPE, made_volumes
from voxplain.attribution.layers import tapped
from voxplain.errors import InputError, SettingsError, UnsupportedModel
from voxplain.insight.concept_gradients import concept_layer, layer_gradients
from voxplain.insight.concept_tests import COLUMNS, concept_tests
from voxplain.insight.concept_values import dealt_concepts
from voxplain.insight.concepts import split_concepts
from voxplain.insight.region_means import region_means
from voxplain.networks.build import build
from voxplain.store import Volumes

NOISE = 19
SHAPES = {"vox_resnet_cam": (13, 14, 18), "mrinet": (24, 22, 26), "slab_cnn": (24, 9, 26), "sfcn": (33, 32, 34)}


def small(classes=2):
    layers = nn.Conv3d(1, 2, 3), nn.ELU(), nn.MaxPool3d(2), nn.Conv3d(2, 3, 3), nn.ELU(), nn.Flatten()
    network = nn.Sequential(*layers, nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, classes))
    network.cam_layer = "4"
    return network


class Planted(nn.Module):
    """Twenty-four channels of one cell, the means of five regions and noise of the background; a line of some."""

    def __init__(self, weights=((0,) * 5, (1.5, 0, -2, 0, 0))):
        super().__init__()
        generator = np.random.default_rng(0)
        regions = [(one == LABELS) / (one == LABELS).sum() for one in NAMES if (one == LABELS).any()]
        outside = LABELS == 0
        noise = [outside * generator.normal(size=SHAPE) * 2 / np.sqrt(outside.sum()) for _ in range(NOISE)]
        self.cells = nn.Conv3d(1, 5 + NOISE, SHAPE, bias=False)
        self.linear = nn.Linear(5 + NOISE, len(weights))
        with torch.no_grad():
            self.cells.weight.copy_(torch.tensor(np.array([*regions, *noise])[:, None], dtype=torch.float32))
            self.linear.weight.zero_()
            self.linear.weight[:, :5] = torch.tensor(weights, dtype=torch.float32)

    def forward(self, volumes, told=None):
        outputs = self.linear(self.cells(volumes).flatten(1))
        return outputs if told is None else outputs * told


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    volumes = made_volumes(tmp_path_factory.mktemp("made") / "store.h5", 90)
    parts = [Volumes(volumes.path, volumes.scans[:60]), Volumes(volumes.path, volumes.scans[60:])]
    concepts = region_means(volumes, LABELS, NAMES)[["left one", "right one", "two"]]
    concepts["shoe size"] = np.random.default_rng(5).normal(size=90)
    return *parts, concepts


def subjects_of(*parts):
    return {scan: subject for part in parts for scan, subject in zip(part.scans, part.subjects, strict=True)}


def concepts_of(made, network=None, draws=99, concepts=None, within=None, **options):
    training, held_out, known = made
    dealt = dealt_concepts(known if concepts is None else concepts, subjects_of(training, held_out), draws, 1, within)
    drawn, scans = split_concepts(network or Planted(), training, held_out, dealt, "r1f1", **options)
    return concept_tests(drawn).set_index("concept"), scans, drawn


def test_a_planted_concept_is_followed_its_opposite_opposed_and_what_is_known_but_not_used_is_neither(made):
    training, _, known = made
    table, scans, _ = concepts_of(made, layer="cells")
    assert table["outcome"].to_dict() == {
        "left one": "follows",
        "right one": "not told apart",
        "two": "opposes",
        "shoe size": "not known",
    }
    # the answer is 1.5 times the one less 2 times the other: so it is with what goes along with a concept
    of_training = known.loc[training.scans]
    for concept in table.index:
        moved = of_training[concept].std(ddof=0)
        expected = np.cov(1.5 * of_training["left one"] - 2 * of_training["two"], of_training[concept], ddof=0)[0, 1]
        assert table.loc[concept, "effect"] == pytest.approx(expected / moved, abs=1e-3)
    assert table["tcav"].tolist()[::2] == [1, 0]
    # a layer knows a concept that the network does not go by
    assert table.loc["right one", "reading"] > 0.8 and table.loc["right one", "reading_p"] == 0.01
    # by chance it goes along with what is used, in training scans alone
    assert table.loc["shoe size", "p"] == 0.01 and table.loc["shoe size", "reading_p"] > 0.5
    assert len(scans) == 4 * 30 and ["concept", *table] == COLUMNS
    assert np.allclose(scans["slope"] / 2.5, scans["alignment"], atol=1e-6)


@pytest.mark.parametrize("kind", [pytest.param("classifier", marks=pytest.mark.slow), "regression"])
def test_directions_of_a_classifier_and_of_regression_are_tested_by_how_they_lie_to_the_gradient(made, kind):
    table, _, _ = concepts_of(made, layer="cells", kind=kind)
    assert set(table["tested"]) == {"alignment"}
    assert table.loc["two", "outcome"] == "opposes" and table.loc["right one", "outcome"] == "not told apart"
    # the gradient is 1.5 and -2 along two channels of unit length
    assert table["alignment"][:3].tolist() == pytest.approx([0.6, 0, -0.8], abs=0.25 if kind == "classifier" else 0.05)
    assert table.loc["right one", "reading_p"] == 0.01


def test_the_share_alone_tells_nothing_of_a_network_that_is_linear_behind_the_layer(made):
    table, _, drawn = concepts_of(made, layer="cells")
    assert set(drawn["positive"] / drawn["n"]) == {0, 1}
    assert table.loc["left one", "tcav_p"] > 0.3


def test_of_a_network_that_is_linear_behind_the_layer_the_effect_is_how_its_answers_go_with_the_concept(made):
    training, _, known = made
    torch.manual_seed(4)
    cells = 3 * (SHAPE[0] - 2) * (SHAPE[1] - 2) * (SHAPE[2] - 2)
    network = nn.Sequential(nn.Conv3d(1, 3, 3), nn.Tanh(), nn.Flatten(), nn.Linear(cells, 2))
    table, _, _ = concepts_of(made, network, layer="1", draws=3)
    with torch.no_grad():
        logits = network(torch.stack(list(training))).double().numpy()
    for concept in table.index:
        values = known.loc[training.scans, concept]
        expected = np.cov(logits[:, 1] - logits[:, 0], values, ddof=0)[0, 1] / values.std(ddof=0)
        assert table.loc[concept, "effect"] == pytest.approx(expected, rel=1e-3, abs=1e-5)


def test_random_concepts_are_found_no_oftener_than_chance_says(made):
    generator = np.random.default_rng(8)
    random = pd.DataFrame(generator.normal(size=(90, 60)), index=made[2].index).add_prefix("c")
    table, _, _ = concepts_of(made, concepts=random, draws=19, layer="cells")
    # 6 of 60 are expected; 13 have a chance below 1 %
    assert (table["p"] <= 0.1).sum() <= 12


def test_a_concept_that_is_but_a_copy_of_the_label_is_not_found_within_classes(made):
    training, held_out, known = made
    labels = (known["left one"] > known["left one"].median()).astype(int)
    copy = pd.DataFrame({"dose": labels + np.random.default_rng(3).normal(size=90) * 0.3})
    one = Planted(((0,) * 5, (1.5, 0, 0, 0, 0)))
    alone, _, _ = concepts_of(made, one, concepts=copy, layer="cells")
    within, _, _ = concepts_of(made, one, concepts=copy, layer="cells", within=labels.to_dict())
    assert alone.loc["dose", "outcome"] == "follows" and within.loc["dose", "outcome"] == "not known"


@pytest.mark.parametrize("pooled", [True, False])
def test_a_slope_is_how_the_answer_moves_when_the_layer_is_moved(made, pooled):
    torch.manual_seed(2)
    network = small().double().eval()
    volumes = torch.randn(3, 1, 8, 8, 9, dtype=torch.float64)
    shape = network[:2](volumes).shape[1:]
    directions = np.linalg.qr(np.random.default_rng(4).normal(size=(2 if pooled else int(np.prod(shape)), 2)))[0]
    slopes, lengths = layer_gradients(network, volumes, "1", 1, directions, batch=2, pooled=pooled)
    step = 1e-5
    for place, direction in enumerate(directions.T):
        moved = torch.from_numpy(direction).reshape((-1, 1, 1, 1) if pooled else shape) * step
        ends = []
        for sign in (1, -1):
            handle = network[1].register_forward_hook(lambda *parts, by=sign * moved: parts[2] + by)
            with torch.no_grad():
                outputs = network(volumes)
            handle.remove()
            ends.append((outputs[:, 1] - outputs[:, 0]).numpy())
        assert np.allclose((ends[0] - ends[1]) / 2 / step, slopes[:, place], rtol=1e-6)
    assert (lengths >= np.linalg.norm(slopes, axis=1) - 1e-12).all()


@pytest.mark.parametrize("name", SHAPES)
def test_slopes_at_the_usual_layer_of_a_network_are_how_its_answer_moves(name):
    torch.manual_seed(3)
    network = build(name, SHAPES[name], width=2).double().eval()
    volumes = torch.randn(3, 1, *SHAPES[name], dtype=torch.float64)
    layer = concept_layer(network, volumes)
    with tapped(network, layer) as tap, torch.no_grad():
        network(volumes)
    channels = tap.activation().shape[1]
    direction = np.random.default_rng(1).normal(size=(channels, 1))
    slopes, _ = layer_gradients(network, volumes, layer, 1, direction, batch=2, pooled=True)
    moved, ends = torch.from_numpy(direction).reshape(-1, *(1,) * (tap.activation().dim() - 2)) * 1e-6, []
    for by in (moved, -moved):
        # not in place, so that a layer behind that works in place has its own
        handle = network.get_submodule(layer).register_forward_hook(lambda *parts, by=by: parts[2] + by)
        with torch.no_grad():
            outputs = network(volumes)
        handle.remove()
        ends.append((outputs[:, 1] - outputs[:, 0]).numpy())
    assert np.allclose((ends[0] - ends[1]) / 2e-6, slopes[:, 0], rtol=1e-3, atol=1e-6 * np.abs(slopes).max())
    assert np.abs(slopes).min() > 0


def test_gradients_at_the_layer_are_captums(made):
    torch.manual_seed(3)
    network = small(classes=3).double().eval()
    volumes = torch.randn(3, 1, 8, 8, 9, dtype=torch.float64)
    reference = LayerGradientXActivation(network, network[2], multiply_by_inputs=False)
    expected = reference.attribute(volumes, target=2).flatten(1).detach().numpy()
    basis = np.eye(expected.shape[1])
    slopes, lengths = layer_gradients(network, volumes, "2", 2, basis, pooled=False)
    assert np.allclose(slopes, expected, rtol=1e-9) and np.allclose(lengths, np.linalg.norm(expected, axis=1))


def test_the_network_comes_back_as_it_was(made):
    network = Planted().train()
    concepts_of(made, network, draws=3, layer="cells")
    assert network.training and not network.cells._forward_hooks
    assert all(weights.grad is None for weights in network.parameters())


def test_splits_are_judged_together_scan_by_scan(made):
    training, held_out, known = made
    dealt = dealt_concepts(known[["two"]], subjects_of(training, held_out), 39)
    tables = [
        split_concepts(Planted(), *parts, dealt, split, layer="cells", kind="pattern")[0]
        for split, parts in {"r1f1": (training, held_out), "r1f2": (held_out, training)}.items()
    ]
    row = concept_tests(pd.concat(tables)).iloc[0]
    sums = [table[table["draw"] == 0][["n", "effects"]].sum() for table in tables]
    assert row["n"] == 90 and row["splits"] == 2
    assert row["effect"] == pytest.approx((sums[0]["effects"] + sums[1]["effects"]) / 90)
    null = [sum(table["effects"][table["draw"] == draw].item() for table in tables) / 90 for draw in range(1, 40)]
    assert row["null_low"] == pytest.approx(np.quantile(null, 0.025))


def test_an_amount_is_followed_and_what_a_network_is_told_beside_the_volume_counts(made):
    training, held_out, _ = made
    amount = Planted(((0, 0, 1.0, 0, 0),))
    beside = [-torch.ones(len(one), 1) for one in (training, held_out)]
    plain, _, _ = concepts_of(made, amount, draws=39, kind="regression", layer="cells")
    turned, _, _ = concepts_of(made, amount, draws=39, kind="regression", layer="cells", covariates=beside)
    assert plain.loc["two", "p"] == 1 / 40 and plain.loc["two", "alignment"] > 0.95
    assert turned.loc["two", "alignment"] == pytest.approx(-plain.loc["two", "alignment"], abs=1e-6)


def test_the_usual_layer_is_the_one_that_the_network_names_or_the_last_with_cells():
    network, volumes = small(), torch.zeros(1, 1, 8, 8, 9)
    assert concept_layer(network, volumes) == "4"
    assert concept_layer(nn.Sequential(*network[:2], network[2:]), volumes) == "1"


def test_an_answer_that_no_channel_moves_reads_undefined(made):
    table, scans, _ = concepts_of(made, Planted(((0,) * 5,) * 2), draws=9, layer="cells")
    assert set(table["outcome"]) == {"undefined"} and table["alignment"].isna().all() and (table["n"] == 0).all()
    assert scans["alignment"].isna().all() and (scans["slope"] == 0).all()


def test_what_cannot_be_asked_for_is_a_line(made):
    with pytest.raises(SettingsError, match="tells 3 classes apart; say which, 0 to 2"):
        concepts_of(made, Planted(((0,) * 5,) * 3), draws=1, layer="cells")
    with pytest.raises(SettingsError, match='no layer "cell" in Planted; did you mean "cells"'):
        concepts_of(made, draws=1, layer="cell")
    with pytest.raises(SettingsError, match="target is 4, but the network has 2 outputs"):
        concepts_of(made, draws=1, layer="cells", target=4)
    with pytest.raises(UnsupportedModel, match="has no convolution with spatial output; name a layer"):
        concepts_of(made, draws=1)
    few = made[2].copy()
    few.loc[made[0].scans[3:], "two"] = np.nan
    with pytest.raises(InputError, match='concept "two": known of 3 training scans; give 6 at least'):
        concepts_of(made, concepts=few[["two"]], draws=1, layer="cells")


def test_a_split_that_holds_nobody_out_adds_nothing(made):
    dealt = dealt_concepts(made[2], subjects_of(*made[:2]), 3)
    drawn, scans = split_concepts(Planted(), made[0], Volumes(made[0].path, []), dealt, "r1f1", layer="cells")
    assert drawn.empty and scans.empty and list(concept_tests(drawn)) == COLUMNS


def test_the_same_seed_gives_the_same_numbers(made):
    first, second = (concepts_of(made, draws=5, layer="cells", kind="classifier") for _ in range(2))
    assert first[0].equals(second[0]) and first[1].equals(second[1]) and first[2].equals(second[2])


def test_a_layer_may_be_taken_as_the_means_of_its_channels(made):
    torch.manual_seed(4)
    network = nn.Sequential(nn.Conv3d(1, 3, 3), nn.Tanh(), nn.AdaptiveAvgPool3d(1), nn.Flatten(), nn.Linear(3, 2))
    whole, _, _ = concepts_of(made, network, layer="1", draws=3)
    pooled, _, _ = concepts_of(made, network, layer="1", draws=3, pooled=True)
    # behind the layer only means count, so nothing is lost
    assert np.allclose(whole["effect"], pooled["effect"], atol=1e-6)
