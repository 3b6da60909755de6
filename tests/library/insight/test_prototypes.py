from itertools import combinations

import numpy as np
import pytest
from sklearn.metrics import pairwise_distances
from sklearn.metrics.pairwise import rbf_kernel

from voxplain.insight.prototypes import gaussian_kernel, medoids, mmd_criticisms, mmd_prototypes, witness


def rows(n=14, d=3, seed=0):
    return np.random.default_rng(seed).normal(size=(n, d))


def squared_mmd(kernel, chosen):
    n, m = len(kernel), len(chosen)
    within = sum(kernel[i, j] for i in range(n) for j in range(n)) / n**2
    across = sum(kernel[i, j] for i in range(n) for j in chosen) / (n * m)
    return within - 2 * across + sum(kernel[i, j] for i in chosen for j in chosen) / m**2


def test_a_medoid_is_nearest_to_all_others_together():
    values = rows()
    places, sums = medoids(values, 3)
    expected = pairwise_distances(values).sum(1)
    assert places.tolist() == np.argsort(expected)[:3].tolist()
    np.testing.assert_allclose(sums, np.sort(expected)[:3])
    assert medoids(np.array([[0.0], [1.0], [2.0], [10.0]]))[0].tolist() == [1]


def test_the_kernel_is_scikit_learns_by_the_median_distance():
    values, others = rows(), rows(5, seed=1)
    distances = pairwise_distances(values)[np.triu_indices(14, 1)]
    kernel, gamma = gaussian_kernel(values)
    assert gamma == pytest.approx(1 / np.median(distances) ** 2)
    np.testing.assert_allclose(kernel, rbf_kernel(values, gamma=gamma))
    np.testing.assert_allclose(gaussian_kernel(values, 0.3, others)[0], rbf_kernel(values, others, gamma=0.3))
    assert gaussian_kernel(np.ones((3, 2)))[1] == 1 and gaussian_kernel(np.ones((1, 2)))[0] == 1


@pytest.mark.parametrize("seed", range(4))
def test_prototypes_leave_little_more_discrepancy_than_the_best_set_of_all_and_each_is_the_best_next_one(seed):
    kernel, _ = gaussian_kernel(rows(9, seed=seed))
    chosen, left = mmd_prototypes(kernel, 3)
    for size in (1, 2, 3):
        assert left[size - 1] == pytest.approx(squared_mmd(kernel, chosen[:size]))
        others = [squared_mmd(kernel, [*chosen[: size - 1], one]) for one in set(range(9)) - set(chosen[: size - 1])]
        assert left[size - 1] == pytest.approx(min(others))
    best = min(squared_mmd(kernel, one) for one in combinations(range(9), 3))
    whole = kernel.mean()
    assert whole - left[2] >= (1 - 1 / np.e) * (whole - best)


def test_two_clouds_have_a_prototype_each_and_who_lies_apart_from_both_is_the_criticism():
    generator = np.random.default_rng(3)
    values = np.vstack([generator.normal(at, 0.2, (8, 2)) for at in (0, 4)] + [[[2.0, -3.0]]])
    kernel, _ = gaussian_kernel(values)
    chosen, left = mmd_prototypes(kernel, 2)
    assert sorted(chosen // 8) == [0, 1] and left[1] < left[0]
    critics, told = mmd_criticisms(kernel, chosen, 1)
    assert critics.tolist() == [16] and told[0] > 0


def test_criticisms_have_the_largest_witness_and_lie_apart():
    kernel, _ = gaussian_kernel(rows(10, seed=5))
    chosen, _ = mmd_prototypes(kernel, 2)
    expected = [
        np.mean([kernel[i, place] for i in range(10)]) - np.mean([kernel[j, place] for j in chosen])
        for place in range(10)
    ]
    np.testing.assert_allclose(witness(kernel, chosen), expected)
    critics, told = mmd_criticisms(kernel, chosen, 3)
    np.testing.assert_allclose(told, np.array(expected)[critics])
    assert not set(critics) & set(chosen)

    def said(these):
        return np.abs(np.array(expected)[these]).sum() + np.linalg.slogdet(kernel[np.ix_(these, these)])[1]

    for size in (1, 2, 3):
        before = critics[: size - 1].tolist()
        free = set(range(10)) - set(chosen.tolist()) - set(before)
        assert said(critics[:size].tolist()) == pytest.approx(max(said([*before, one]) for one in free))


def test_a_copy_of_a_criticism_is_not_the_next_one():
    values = np.vstack([rows(8, 2, seed=2) * 0.3, [[3.0, 3.0]], [[3.0, 3.0]], [[-2.5, 2.0]]])
    kernel, _ = gaussian_kernel(values)
    critics, _ = mmd_criticisms(kernel, mmd_prototypes(kernel, 1)[0], 2)
    assert len({8, 9} & set(critics.tolist())) == 1


def test_asking_for_more_than_there_are_gives_all_of_them():
    kernel, _ = gaussian_kernel(rows(3))
    chosen, left = mmd_prototypes(kernel, 5)
    assert sorted(chosen) == [0, 1, 2] and left[-1] == pytest.approx(0, abs=1e-12)
    assert len(mmd_criticisms(kernel, chosen, 2)[0]) == 0
