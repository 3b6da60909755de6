import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score

from voxplain.relevance.kmeans import kmeans


def test_four_points_on_a_line_worked_by_hand():
    # 0 1 | 10 11 12: means .5 and 11, squares .25 + .25 and 1 + 0 + 1; the larger cluster is 0
    labels, spread = kmeans(np.array([[[0.0], [1], [10], [11], [12]]]), 2, seed=1)
    assert labels.tolist() == [[1, 1, 0, 0, 0]]
    assert spread.tolist() == [2.5]


@pytest.mark.parametrize("number", [2, 3, 4])
def test_partitions_are_as_tight_as_scikit_learns(number):
    rng = np.random.default_rng(number)
    sets = rng.normal(size=(5, 30, 3)) + 4 * rng.integers(number, size=(5, 30, 1))
    labels, spread = kmeans(sets, number, seed=1, starts=20)
    for points, own, found in zip(sets, labels, spread, strict=True):
        peer = KMeans(number, n_init=20, random_state=1).fit(points)
        assert found <= peer.inertia_ * (1 + 1e-6)
        assert found == pytest.approx(peer.inertia_, rel=0.02)
        if found == pytest.approx(peer.inertia_, rel=1e-9):
            assert adjusted_rand_score(own, peer.labels_) == 1


def test_a_set_is_parted_alike_alone_and_among_others():
    rng = np.random.default_rng(3)
    sets = rng.normal(size=(4, 20, 2)) + 30 * (np.arange(20) % 2)[:, None]
    assert np.array_equal(kmeans(sets[2:3], 2, seed=1)[0][0], kmeans(sets, 2, seed=1)[0][2])


def test_clusters_are_numbered_from_the_largest_on():
    points = np.repeat([[0.0], [5], [9]], [2, 5, 3], axis=0)
    assert np.bincount(kmeans(points[None], 3, seed=1)[0][0]).tolist() == [5, 3, 2]


def test_points_that_are_all_the_same_are_one_cluster():
    labels, spread = kmeans(np.ones((1, 6, 2)), 3, seed=1)
    assert labels.tolist() == [[0] * 6] and spread.tolist() == [0]
