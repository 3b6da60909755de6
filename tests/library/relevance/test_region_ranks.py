import numpy as np
from scipy.stats import bootstrap

from tests.library.relevance.made_regions import made_profiles
from voxplain.relevance.region_ranks import GAINS, RANKED, rank_regions, region_gains


def test_regions_are_ranked_by_their_mean_share_worked_by_hand():
    # shares .2 .8 and .4 .6: means .3 .7; of 30 and 10 voxels: .3 / .75 = .4 and .7 / .25 = 2.8
    table = rank_regions(made_profiles([[2, 8], [4, 6]], voxels=[30, 10]), ["a", "b"])
    assert list(table.columns) == RANKED
    assert table["region"].tolist() == ["region 2", "region 1"]
    assert np.allclose(table["share"], [0.7, 0.3])
    assert np.allclose(table["enrichment"], [2.8, 0.4])
    assert np.allclose(table["density"], [7 / 10, 3 / 30])
    assert table["rank"].tolist() == [1, 2]
    assert table[["rank_low", "rank_high"]].to_numpy().tolist() == [[1, 1], [2, 2]]
    assert (table["subjects"] == 2).all()


def test_every_subject_counts_once_however_strong_its_maps_and_however_many():
    profiles = made_profiles([[1, 0], [1, 0], [1, 0], [0, 1000]])
    table = rank_regions(profiles, ["a", "a", "a", "b"])
    assert np.allclose(table["share"], 0.5)
    assert table["rank"].tolist() == [1.5, 1.5]


def test_intervals_agree_with_scipys_percentile_bootstrap():
    rng = np.random.default_rng(5)
    shares = rng.dirichlet([1, 2, 3, 4], size=25)
    table = rank_regions(made_profiles(shares), range(25), resamples=8000).sort_values("index")
    for place in range(4):
        expected = bootstrap((shares[:, place],), np.mean, method="percentile", n_resamples=8000, rng=1)
        found = table[["share_low", "share_high"]].iloc[place]
        assert np.allclose(found, expected.confidence_interval, atol=0.004)


def test_nineteen_of_twenty_intervals_hold_the_truth():
    rng = np.random.default_rng(6)
    held = []
    for draw in range(200):
        shares = rng.dirichlet([2, 3, 5], size=40)
        table = rank_regions(made_profiles(shares), range(40), resamples=300, seed=draw).sort_values("index")
        held.append((table["share_low"] <= [0.2, 0.3, 0.5]) & (table["share_high"] >= [0.2, 0.3, 0.5]))
    assert 0.90 <= np.mean(held) <= 0.98


def test_the_same_seed_gives_the_same_table_and_another_another():
    profiles = made_profiles(np.random.default_rng(1).random((6, 3)))
    assert rank_regions(profiles, range(6), seed=3).equals(rank_regions(profiles, range(6), seed=3))
    assert not rank_regions(profiles, range(6), seed=3).equals(rank_regions(profiles, range(6), seed=4))


def test_a_group_without_anybody_has_no_rows_and_one_of_one_no_intervals():
    profiles = made_profiles([[2, 8], [4, 6]])
    assert rank_regions(profiles, ["a", "b"], [False, False]).empty
    assert list(rank_regions(profiles, ["a", "b"], [False, False]).columns) == RANKED
    alone = rank_regions(profiles, ["a", "b"], [True, False])
    assert np.allclose(alone["share"], [0.8, 0.2])
    assert alone.filter(regex="_(low|high)$").isna().all(axis=None)


def test_a_region_without_a_voxel_comes_last_and_is_undefined():
    table = rank_regions(made_profiles([[0, 8, 2], [0, 6, 4]], voxels=[0, 10, 10]), ["a", "b"])
    assert table["region"].tolist() == ["region 2", "region 3", "region 1"]
    assert table.iloc[2][["share", "density", "enrichment", "rank", "share_low"]].isna().all()


def test_a_map_of_zeros_does_not_hide_the_others():
    table = rank_regions(made_profiles([[2, 8], [0, 0]]), ["a", "b"])
    assert np.allclose(table["share"], [0.8, 0.2])


def test_the_gain_is_how_many_times_as_strong_a_region_is_as_in_the_reference():
    # strengths of region 1: (2 + 4) / 2 = 3 against (1 + 1) / 2 = 1, whatever its size
    profiles = made_profiles([[2, 5], [4, 5], [1, 10], [1, 10]], voxels=[7, 3])
    first = np.array([True, True, False, False])
    table = region_gains(profiles, list("abcd"), first, ~first)
    assert list(table.columns) == GAINS
    assert table["region"].tolist() == ["region 1", "region 2"]
    assert np.allclose(table["gain"], [3, 0.5])
    assert np.allclose(table[["gain_low", "gain_high"]], [[2, 4], [0.5, 0.5]])
    assert (table[["subjects", "reference_subjects"]] == 2).all(axis=None)


def test_a_gain_over_nothing_is_undefined_and_over_nobody_has_no_rows():
    profiles = made_profiles([[2, 5], [0, 5]])
    first = np.array([True, False])
    table = region_gains(profiles, list("ab"), first, ~first)
    assert table["gain"].tolist()[0] == 1 and np.isnan(table["gain"][1])
    assert table[["gain_low", "gain_high"]].isna().all(axis=None)
    assert region_gains(profiles, list("ab"), first, np.zeros(2, bool)).empty


def test_density_keeps_the_sign_that_shares_have_not():
    signed = [[-2, 8], [-4, 6]]
    table = rank_regions(made_profiles(np.abs(signed), sums=signed), ["a", "b"])
    assert np.allclose(table["density"], [0.7, -0.3])
