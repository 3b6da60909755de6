import numpy as np
import pytest
from scipy.stats import kstest
from sklearn.metrics import adjusted_rand_score

from tests.library.relevance.made_regions import made_profiles
from voxplain.relevance.cluster_stability import cluster_stability
from voxplain.relevance.heterogeneity import find_subtypes
from voxplain.relevance.one_cloud import main_axes, residuals, rotated

TEMPORAL, CORTICAL = np.array([6, 3, 1, 1, 1, 1.0]), np.array([1, 1, 4, 4, 2, 1.0])


def patients(rng, number, kinds, spread=0.15):
    """Absolute sums (subjects, 6 regions) around one or another kind of profile; each subject's kind."""
    kind = np.arange(number) % len(kinds)
    return np.array(kinds)[kind] * np.exp(spread * rng.normal(size=(number, 6))), kind


def test_temporal_and_cortical_patients_are_told_apart():
    sizes, kind = patients(np.random.default_rng(1), 40, [TEMPORAL, CORTICAL])
    found = find_subtypes(made_profiles(sizes), [f"sub-{i:02}" for i in range(40)], draws=99, resamples=30)
    assert found.number == 2 and found.p == pytest.approx(0.01)
    assert adjusted_rand_score(kind, found.members["cluster"]) == 1
    assert found.choice.set_index("clusters").loc[2, "stability_lowest"] > 0.95
    strongest = found.centres.loc[found.centres.groupby("cluster")["share"].idxmax(), "region"]
    assert set(strongest) <= {"region 1", "region 3", "region 4"}
    assert "fall into 2 clusters (of 20, 20)" in found.sentence and "are stable" in found.sentence


def test_centres_are_the_mean_shares_of_the_members():
    sizes, kind = patients(np.random.default_rng(1), 40, [TEMPORAL, CORTICAL])
    found = find_subtypes(made_profiles(sizes), range(40), draws=19, resamples=5)
    share = sizes / sizes.sum(axis=1, keepdims=True)
    of_first = kind == kind[(found.members["cluster"] == 1).idxmax()]
    first = found.centres[found.centres["cluster"] == 1]
    assert np.allclose(first["share"], share[of_first].mean(axis=0))
    assert np.allclose(first["difference"], share[of_first].mean(axis=0) - share.mean(axis=0))


def test_what_networks_do_is_not_taken_for_subtypes():
    rng = np.random.default_rng(2)
    sizes, network = patients(rng, 60, [TEMPORAL, CORTICAL, np.ones(6)])
    split = [f"r1f{place}" for place in network]
    assert find_subtypes(made_profiles(sizes), range(60), draws=99, resamples=5).number > 1
    told = find_subtypes(made_profiles(sizes), range(60), split, draws=99, resamples=5)
    assert told.number == 1 and told.p > 0.05
    assert told.sentence.startswith("60 subjects: no subtypes")


def test_subtypes_are_found_across_networks_that_differ():
    rng = np.random.default_rng(3)
    sizes, kind = patients(rng, 60, [TEMPORAL, CORTICAL], spread=0.1)
    network = np.arange(60) // 20
    sizes *= np.exp(0.3 * rng.normal(size=(3, 6)))[network]
    found = find_subtypes(made_profiles(sizes), range(60), network, draws=99, resamples=10)
    assert found.number == 2
    assert adjusted_rand_score(kind, found.members["cluster"]) > 0.8


def uniform(values):
    # p takes a few values only: a little more than what it exceeds
    return kstest(values, "uniform").pvalue


def null_p(draw, most, draws, subjects=30):
    rng = np.random.default_rng([9, draw])
    scale = np.exp(rng.normal(size=6))
    sizes = (5 + 0.02 * rng.normal(size=(subjects, 6)) @ (scale * rng.normal(size=(6, 6)))) ** 2
    network = np.arange(subjects) % 3
    return find_subtypes(
        made_profiles(sizes), range(subjects), network, most=most, draws=draws, resamples=0, seed=draw
    ).p


def test_without_subtypes_p_is_as_often_small_as_it_should_be():
    found = np.array([null_p(draw, most=2, draws=19) for draw in range(60)])
    assert uniform(found - np.random.default_rng(0).random(60) / 20) > 0.01
    assert (found <= 0.05).mean() <= 0.15


@pytest.mark.slow
def test_without_subtypes_p_is_uniform_over_200_draws():
    found = np.array([null_p(draw, most=4, draws=39) for draw in range(200)])
    assert uniform(found - np.random.default_rng(0).random(200) / 40) > 0.01
    assert 0.01 <= (found <= 0.05).mean() <= 0.1


SKEWED = {
    "long tails": lambda draw: np.exp(draw.normal(size=(60, 20))),
    "one long axis": lambda draw: np.exp(0.3 * draw.normal(size=(60, 4)) @ draw.normal(size=(4, 20))),
    "few regions each": lambda draw: draw.dirichlet(np.full(20, 0.5), size=60),
}


@pytest.mark.parametrize("kind", SKEWED)
def test_a_skewed_cloud_is_seldom_called_subtypes(kind):
    found = []
    for draw in range(40):
        sizes = SKEWED[kind](np.random.default_rng([3, draw]))
        found.append(find_subtypes(made_profiles(sizes), range(60), most=3, draws=19, resamples=1, seed=draw))
    assert np.mean([one.number > 1 for one in found]) <= 0.075
    by_degrees = [one.sentence for one in found if one.p <= 0.05 and one.number == 1]
    assert all("differ by degrees, not in kind" in sentence for sentence in by_degrees)


def test_few_subjects_are_one_cluster_and_a_sentence():
    for number in (0, 1, 5):
        found = find_subtypes(made_profiles(np.ones((number, 3))), range(number))
        assert found.number == 1 and np.isnan(found.p) and found.choice.empty
        assert (found.members["cluster"] == 1).all() and len(found.members) == number
        assert "too few" in found.sentence


def test_subjects_all_alike_are_one_cluster():
    assert find_subtypes(made_profiles(np.tile(TEMPORAL, (30, 1))), range(30)).number == 1


def test_the_same_seed_gives_the_same_clusters():
    sizes, _ = patients(np.random.default_rng(4), 30, [TEMPORAL, CORTICAL])
    one, other = (find_subtypes(made_profiles(sizes), range(30), draws=19, resamples=5, seed=7) for _ in range(2))
    assert one.members.equals(other.members) and one.choice.equals(other.choice) and one.p == other.p


def test_a_rotated_cloud_keeps_all_variances_and_has_nothing_of_the_networks():
    rng = np.random.default_rng(5)
    shares = np.eye(3)[np.arange(20) % 3]
    beyond, rank = residuals(rng.normal(size=(20, 6)), shares)
    assert rank == 3 and np.allclose(shares.T @ beyond, 0)
    points = main_axes(beyond, kept=0.8)
    assert 1 < points.shape[1] < 6
    other = rotated(points, shares, rng)
    assert np.allclose(shares.T @ other, 0, atol=1e-9)
    assert np.allclose(other.T @ other, points.T @ points)
    assert not np.allclose(other, points)


def test_clusters_far_apart_come_back_and_parts_of_one_cloud_do_not():
    rng = np.random.default_rng(6)
    points = rng.normal(size=(40, 2))
    far = points + 20 * (np.arange(40) % 2)[:, None]
    assert np.allclose(cluster_stability(far, np.arange(40) % 2, 20, 1), 1)
    assert (cluster_stability(points, np.arange(40) % 4, 50, 1) < 0.6).all()


def test_a_cluster_that_is_found_again_in_part_counts_in_part():
    # the label cuts the near cluster of k-means in two: of each half of 10, 10 of 20 are shared
    points = np.repeat([[0.0], [50]], [20, 20], axis=0) + 0.01 * np.arange(40)[:, None]
    labels = np.where(np.arange(40) < 30, np.arange(40) >= 20, 1).astype(int)
    assert np.allclose(cluster_stability(points, labels, 10, 1), 1)
    odd = np.where(np.arange(40) < 20, np.arange(40) % 2, 1)
    low, high = cluster_stability(points, odd, 200, 1)
    assert low == pytest.approx(0.5, abs=0.05) and high == pytest.approx(2 / 3, abs=0.05)
