from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch

from voxplain.sanity.faithfulness.imputation import imputed
from voxplain.sanity.faithfulness.one_scan import scan_rows

EVERYTHING = ["deletion", "insertion", "region_deletion", "region_insertion", "road", "infidelity", "gini"]


def table(scan, **maps):
    rows, _ = scan_rows(scan, {name: one if isinstance(one, list) else [one] for name, one in maps.items()})
    return {(row["map"], row["measure"], row["fill"]): row for row in rows}


def contributions(made):
    """What each voxel adds to the log-odds of class 1 over the fill: (x - fill) times the difference of weights."""
    weight = (made.linear[1].weight[1] - made.linear[1].weight[0]).detach().reshape(made.region.shape)
    return ((made.volume - made.fill)[0] * weight).numpy().astype(np.float64)


def areas_by_a_loop(network, made, values, shares):
    """Area of deletion and of insertion, voxel by voxel, with plain lists."""
    voxels = [place for place in np.argwhere(made.region)]
    voxels.sort(key=lambda place: -abs(values[tuple(place)]))

    def said(taken, begun, other):
        state = begun.clone()
        for place in taken:
            state[(0, *place)] = other[(0, *place)]
        logits = network(state[None])[0].detach().double()
        return float(logits[1] - logits[0])

    empty_volume = made.volume.clone()
    for place in voxels:
        empty_volume[(0, *place)] = made.fill[(0, *place)]
    whole, empty = said([], made.volume, made.fill), said([], empty_volume, made.volume)
    numbers = [round(share * len(voxels)) for share in shares]
    found = {}
    for measure, begun, other in (("deletion", made.volume, made.fill), ("insertion", empty_volume, made.volume)):
        heights = [(said(voxels[:number], begun, other) - empty) / (whole - empty) for number in numbers]
        ends = (1, 0) if measure == "deletion" else (0, 1)
        along = zip([number / len(voxels) for number in numbers], heights, strict=True)
        points = [(0, ends[0]), *along, (1, ends[1])]
        found[measure] = sum((b[0] - a[0]) * (a[1] + b[1]) / 2 for a, b in pairwise(points))
    return found, abs(whole - empty)


def test_areas_and_weights_are_those_of_a_plain_loop(made):
    values = np.random.default_rng(5).standard_normal(made.region.shape)
    found = table(made.scan(made.curved), method=values)
    expected, way = areas_by_a_loop(made.curved, made, values, [0.1, 0.4, 0.8])
    for measure in ("deletion", "insertion"):
        row = found["method", measure, "mean"]
        assert row["value"] == pytest.approx(expected[measure], abs=1e-5)
        assert row["weight"] == pytest.approx(way, rel=1e-5)


def test_the_curve_of_a_linear_network_is_the_sum_of_what_was_taken(made):
    added = contributions(made)
    scan = made.scan(made.linear, order="signed")
    _, points = scan_rows(scan, {"method": [added]})
    sign = 1 if added[made.region].sum() > 0 else -1
    ranked = np.sort(sign * added[made.region])[::-1]
    curve = {point["share"]: point["value"] for point in points if point["measure"] == "deletion"}
    for number in (round(share * len(ranked)) for share in (0.1, 0.4, 0.8)):
        expected = 1 - ranked[:number].sum() / ranked.sum()
        assert curve[number / len(ranked)] == pytest.approx(expected, abs=1e-4)
    assert (curve[0.0], curve[1.0]) == (1, 0)


@pytest.mark.parametrize("target", [0, 1])
def test_no_map_of_a_linear_network_beats_its_contributions_for_either_class(made, target):
    """In the order of what speaks for the answer, and turned round with the class: the curves do not change."""
    sign = 1 if target == 1 else -1
    others = list(np.random.default_rng(1).standard_normal((30, *made.region.shape)))
    scan = made.scan(made.linear, target=target, order="signed")
    best = table(scan, method=sign * contributions(made))
    for other in others:
        found = table(scan, method=other)
        assert best["method", "deletion", "mean"]["value"] < found["method", "deletion", "mean"]["value"]
        assert best["method", "insertion", "mean"]["value"] > found["method", "insertion", "mean"]["value"]
    assert best["method", "deletion", "mean"]["value"] == pytest.approx(
        table(made.scan(made.linear, order="signed"), method=contributions(made))["method", "deletion", "mean"][
            "value"
        ],
        abs=1e-5,
    )


def test_several_fills_are_answered_one_by_one_and_averaged_before_they_are_divided(made):
    values = np.random.default_rng(5).standard_normal(made.region.shape)
    two = torch.stack([made.fill, made.fill + 1])
    both = table(made.scan(made.curved, {"others": two}), method=values)["method", "deletion", "others"]
    ones = [
        table(made.scan(made.curved, {"mean": one[None]}), method=values)["method", "deletion", "mean"] for one in two
    ]
    whole = made.scan(made.curved).answers([made.volume])[0]
    region = torch.from_numpy(made.region)
    empties = made.scan(made.curved).answers([torch.where(region, one, made.volume) for one in two])
    ways = whole - empties
    expected = sum(one["value"] * way for one, way in zip(ones, ways, strict=True)) / ways.sum()
    assert both["value"] == pytest.approx(expected, abs=1e-5)
    assert both["weight"] == pytest.approx(abs(ways.mean()), rel=1e-5)


def test_random_maps_count_as_the_mean_of_their_draws(made):
    drawn = list(np.random.default_rng(5).standard_normal((3, *made.region.shape)))
    scan = made.scan(made.curved, measures=EVERYTHING)
    both = table(scan, random=drawn)
    for measure, fill in (("gini", ""), ("infidelity", "mean")):
        singles = [table(scan, random=one)["random", measure, fill]["value"] for one in drawn]
        assert both["random", measure, fill]["value"] == pytest.approx(np.mean(singles))


def test_blocks_are_taken_whole_and_in_the_order_of_their_mean_relevance(made):
    """A map that is high in one block alone: the first stop has taken that block and nothing else."""
    labels = made.scan(made.curved).labels
    values = np.where(labels == labels[2, 3, 2], 5.0, 0) + np.random.default_rng(1).random(labels.shape)
    scan = made.scan(made.curved, measures=["region_deletion"], shares=[0.01])
    _, points = scan_rows(scan, {"method": [values]})
    block = torch.from_numpy((labels == labels[2, 3, 2]) & made.region)
    region = torch.from_numpy(made.region)
    whole, taken, empty = scan.answers(
        [made.volume, *(torch.where(one, made.fill, made.volume) for one in (block, region))]
    )
    assert points[1]["share"] == pytest.approx(int(block.sum()) / int(region.sum()))
    assert points[1]["value"] == pytest.approx((taken - empty) / (whole - empty), abs=1e-5)


def test_road_follows_the_answer_to_scans_that_are_filled_in_from_around(made):
    values = np.random.default_rng(5).standard_normal(made.region.shape)
    scan = made.scan(made.curved, measures=["road"])
    rows, points = scan_rows(scan, {"method": [values]})
    count = int(made.region.sum())
    strongest = np.argsort(-np.abs(values[made.region]))
    whole = scan.answers([made.volume])[0]
    empty = scan.answers([torch.where(torch.from_numpy(made.region), made.fill, made.volume)])[0]
    for point, share in zip(points[1:], (0.1, 0.4, 0.8), strict=True):
        missing = np.zeros(made.region.shape, bool)
        inside = np.zeros(count, bool)
        inside[strongest[: round(share * count)]] = True
        missing[made.region] = inside
        filled = imputed(made.volume.numpy(), missing, made.region, seed=[3, 1, 0])
        said = scan.answers([torch.from_numpy(filled)])[0]
        assert point["value"] == pytest.approx((said - empty) / (whole - empty), abs=1e-6)
    assert rows[0]["fill"] == "imputed" and points[-1]["share"] == pytest.approx(0.8, abs=0.01)


@pytest.mark.parametrize("bad", [None, np.zeros((5, 7, 6)), np.full((5, 7, 6), 2.0), np.full((5, 7, 6), np.nan)])
def test_a_map_without_an_order_is_undefined_in_every_measure_and_leaves_others_alone(made, bad):
    good = np.random.default_rng(5).standard_normal(made.region.shape)
    scan = made.scan(made.curved, measures=EVERYTHING)
    found = table(scan, method=bad, random=good)
    alone = table(scan, random=good)
    assert all(np.isnan(row["value"]) for key, row in found.items() if key[0] == "method")
    assert {key[1] for key in found if key[0] == "method"} == {*EVERYTHING, "infidelity_slope"}
    assert all(np.isfinite(row["value"]) for row in alone.values())
    assert {key: row["value"] for key, row in found.items() if key[0] == "random"} == pytest.approx(
        {key: row["value"] for key, row in alone.items()}
    )


def test_a_fill_that_there_is_none_of_is_undefined(made):
    good = np.random.default_rng(5).standard_normal(made.region.shape)
    found = table(made.scan(made.curved, {"mean": made.fill[None], "others": None}), method=good)
    assert np.isnan(found["method", "deletion", "others"]["value"])
    assert np.isfinite(found["method", "deletion", "mean"]["value"])


def test_an_empty_region_has_nothing_to_take_out(made):
    scan = replace(made.scan(made.curved, measures=EVERYTHING), region=np.zeros(made.region.shape, bool))
    found = table(scan, method=np.random.default_rng(5).standard_normal(made.region.shape))
    assert all(np.isnan(row["value"]) for row in found.values())


def test_the_same_scan_gives_the_same_numbers_twice(made):
    values = np.round(np.random.default_rng(5).standard_normal(made.region.shape), 1)
    scan = made.scan(made.curved, measures=EVERYTHING)
    assert scan_rows(scan, {"method": [values]}) == scan_rows(scan, {"method": [values]})
