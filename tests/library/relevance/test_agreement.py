from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import pearsonr, spearmanr

from voxplain.errors import InputError, SettingsError
from voxplain.relevance.agreement import (
    MEASURES,
    agreement_matrix,
    agreement_table,
    agreement_within,
    mean_agreement,
)
from voxplain.relevance.ordering import agreement_order
from voxplain.sanity.similarity import similarity

SHAPE = (9, 11, 10)
AFFINE = np.diag([2.0, 3, 2.5, 1])


@pytest.fixture
def mask():
    inside = np.zeros(SHAPE, bool)
    inside[2:8, 1:9, 3:9] = True
    return inside


@pytest.fixture
def maps(mask):
    rng = np.random.default_rng(4)
    common = rng.normal(size=SHAPE)
    return np.stack([common + scale * rng.normal(size=SHAPE) for scale in (0.3, 1, 3)]).astype(np.float32)[:, mask]


def test_correlations_and_similarity_are_those_of_scipy_and_of_the_window_by_window_one(maps, mask):
    table = agreement_table(maps, mask, AFFINE, "abc")
    assert list(table.columns) == ["first", "second", *MEASURES]
    assert list(zip(table["first"], table["second"], strict=True)) == list(combinations("abc", 2))
    for place, (one, other) in enumerate(combinations(range(3), 2)):
        row = table.iloc[place]
        assert row["pearson"] == pytest.approx(pearsonr(maps[one], maps[other]).statistic, abs=1e-5)
        assert row["spearman"] == pytest.approx(spearmanr(maps[one], maps[other]).statistic, abs=1e-5)
        volumes = np.zeros((2, *SHAPE), np.float32)
        volumes[:, mask] = maps[[one, other]]
        assert row["ssim"] == pytest.approx(similarity(*volumes, mask)["ssim"], abs=1e-6)


def test_overlap_and_distance_of_sums_worked_by_hand():
    # of ten voxels the top fifth: {0, 1} and {1, 2}: dice .5, iou 1 / 3
    one, other = np.array([[4, 4, 1, 1, 0, 0, 0, 0, 0, 0], [0, 4, -4, 0, 0, 0, 0, 0, 1, 1.0]])
    table = agreement_table([one, other], np.ones((5, 2, 1)), AFFINE, "ab", measures=MEASURES[2:5], top=0.2)
    assert np.allclose(table[["dice", "iou"]], [[0.5, 1 / 3]])
    assert table["euclidean"][0] == pytest.approx(np.sqrt(16 + 0 + 25 + 1 + 1 + 1) / 10)


def test_a_map_agrees_fully_with_itself_at_another_scale(maps, mask):
    row = agreement_table([maps[0], 5 * maps[0]], mask, AFFINE, "ab").iloc[0]
    assert row[["pearson", "spearman", "dice", "iou", "ssim"]].tolist() == pytest.approx([1] * 5, abs=1e-5)
    assert row[["euclidean", "wasserstein"]].tolist() == pytest.approx([0, 0], abs=1e-3)


@pytest.mark.parametrize("value", [0.0, 3.0, np.nan])
def test_a_map_that_is_constant_or_undefined_agrees_with_nothing(maps, mask, value):
    table = agreement_table([maps[0], np.full(mask.sum(), value), maps[1]], mask, AFFINE, "abc")
    assert table[list(MEASURES)].iloc[[0, 2]].isna().all(axis=None)
    assert table[list(MEASURES)].iloc[1].notna().all()


def test_unrelated_maps_agree_by_chance_alone(mask):
    rng = np.random.default_rng(7)
    table = agreement_table(rng.normal(size=(40, mask.sum())), mask, AFFINE, range(40), measures=MEASURES[:3], top=0.2)
    assert abs(table["pearson"].mean()) < 0.01 and abs(table["spearman"].mean()) < 0.01
    # two random fifths share a fifth
    assert table["dice"].mean() == pytest.approx(0.2, abs=0.01)
    assert table["pearson"].std() == pytest.approx(1 / np.sqrt(mask.sum()), rel=0.1)


def test_a_single_map_has_nothing_to_agree_with(maps, mask):
    table = agreement_table(maps[:1], mask, AFFINE, "a")
    assert table.empty and list(table.columns) == ["first", "second", *MEASURES]
    assert agreement_order(table, "pearson") == []


@pytest.mark.parametrize(
    ("fault", "said", "change"),
    [
        (InputError, "agreement: the mask is empty", {"mask": np.zeros(SHAPE)}),
        (InputError, "agreement: a has (288,) values but the mask 990 voxels", {"mask": np.ones(SHAPE)}),
        (SettingsError, 'unknown measure of agreement "kappa"', {"measures": ("pearson", "kappa")}),
    ],
)
def test_what_cannot_be_compared_is_refused_in_one_line(maps, mask, fault, said, change):
    asked = {"mask": mask, "affine": AFFINE, "names": "abc"} | change
    with pytest.raises(fault) as raised:
        agreement_table(maps, **asked)
    assert said in str(raised.value) and "\n" not in str(raised.value)


def test_the_mean_over_scans_leaves_out_what_is_undefined():
    tables = [
        pd.DataFrame({"first": ["b", "b"], "second": ["a", "c"], "pearson": values})
        for values in ([0.2, 0.5], [0.4, np.nan], [0.9, np.nan])
    ]
    mean = mean_agreement(tables)
    assert mean[["first", "second"]].to_numpy().tolist() == [["b", "a"], ["b", "c"]]
    assert np.allclose(mean["pearson"], [0.5, 0.5])
    assert np.allclose(mean["pearson_sd"], [np.std([0.2, 0.4, 0.9], ddof=1), np.nan], equal_nan=True)
    assert mean["scans"].tolist() == [3, 1]
    assert mean_agreement([]).empty


def made_table(values, measure="pearson"):
    pairs = list(combinations("abcd", 2))
    return pd.DataFrame({"first": [p[0] for p in pairs], "second": [p[1] for p in pairs], measure: values})


def test_the_matrix_is_symmetric_with_one_or_zero_on_its_diagonal():
    values = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]
    matrix = agreement_matrix(made_table(values), "pearson")
    assert matrix.loc["b", "d"] == matrix.loc["d", "b"] == 0.5
    assert np.diag(matrix).tolist() == [1] * 4
    assert np.diag(agreement_matrix(made_table(values, "euclidean"), "euclidean")).tolist() == [0] * 4


@pytest.mark.parametrize("measure", ["pearson", "wasserstein"])
def test_maps_that_agree_stand_beside_each_other(measure):
    alike = np.array([0.1, 0.9, 0.2, 0.1, 0.8, 0.2])  # a and c, b and d
    order = agreement_order(made_table(alike if measure == "pearson" else 1 - alike, measure), measure)
    assert abs(order.index("a") - order.index("c")) == abs(order.index("b") - order.index("d")) == 1


def test_an_undefined_agreement_is_the_least_and_stops_nothing():
    table = made_table([np.nan, 0.9, np.nan, np.nan, 0.8, np.nan])
    assert set(agreement_order(table, "pearson")) == set("abcd")
    assert set(agreement_order(made_table([np.nan] * 6), "pearson")) == set("abcd")


def test_agreement_within_a_network_is_told_from_that_between_networks():
    table = agreement_within(made_table([0.1, 0.9, 0.2, 0.1, 0.8, 0.2]), dict(a=1, c=1, b=2, d=2), "pearson")
    assert table["groups"].tolist() == ["same", "different"] and table["pairs"].tolist() == [2, 4]
    assert np.allclose(table["pearson"], [0.85, 0.15])
