from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from voxplain.sanity.localisation import (
    UNDEFINED,
    group_auc,
    interval,
    resampled_aucs,
    subject_maps,
    weighted_auc,
)


def sklearn_auc(scores, truth):
    """Each voxel twice, as a positive of weight t and as a negative of weight 1 - t."""
    classes = np.repeat([1, 0], len(scores))
    return roc_auc_score(classes, np.tile(scores, 2), sample_weight=np.concatenate([truth, 1 - truth]))


def test_four_voxels_worked_by_hand():
    # pairs (positive, negative) of scores: (4, 1) and (4, 3) right, (2, 1) right, (2, 3) wrong
    assert weighted_auc([4, 2, 3, 1], np.array([1, 1, 0, 0])) == pytest.approx(3 / 4)


def test_soft_truth_of_two_voxels_worked_by_hand():
    # positive .75, .25 and negative .25, .75; pairs: .75*.25 tie + .75*.75 right + .25*.25 wrong + .25*.75 tie
    assert weighted_auc([2, 1], np.array([0.75, 0.25])) == pytest.approx(0.5 * 0.1875 + 0.5625 + 0.5 * 0.1875)


@pytest.mark.parametrize("ties", [False, True])
def test_the_auc_agrees_with_sklearn_on_a_soft_truth(ties):
    rng = np.random.default_rng(8)
    scores = rng.integers(0, 6, 500) if ties else rng.standard_normal(500)
    truth = np.clip(rng.normal(0.2, 0.4, 500), 0, 1)
    assert weighted_auc(scores, truth) == pytest.approx(sklearn_auc(scores, truth), abs=1e-12)


def test_a_map_equal_to_a_sharp_truth_scores_one_and_a_disjoint_map_nearly_zero():
    truth = np.repeat([1.0, 0.0], [5, 95])
    assert weighted_auc(truth, truth) == 1
    assert weighted_auc(1 - truth, truth) == 0


def test_noise_scores_one_half():
    rng = np.random.default_rng(2)
    truth = rng.random(2000)
    aucs = [weighted_auc(rng.standard_normal(2000), truth) for _ in range(50)]
    assert np.mean(aucs) == pytest.approx(0.5, abs=0.005)


@pytest.mark.parametrize("scores", [np.zeros(4), np.full(4, 2.0), np.array([1, 2, np.nan, 3]), np.zeros(0)])
def test_a_map_that_is_constant_or_not_finite_has_no_auc(scores):
    assert np.isnan(weighted_auc(scores, np.linspace(0, 1, len(scores))))


@pytest.mark.parametrize("truth", [0.0, 1.0])
def test_without_an_effect_there_is_nothing_to_locate(truth):
    assert np.isnan(weighted_auc(np.arange(4), np.full(4, truth)))


def source(rows):
    subjects, labels, predicted, maps = zip(*rows, strict=True)
    return SimpleNamespace(subject=list(subjects), label=labels, predicted=predicted, maps=list(maps))


def test_a_subject_is_the_mean_of_its_correct_maps_inside_the_region():
    inside = np.array([[[True, False, True]]])
    one, two, three = (np.array([[[float(v), 99, -float(v)]]]) for v in (1, 3, 10))
    sources = [
        source([("sub-b", 1, 1, three), ("sub-a", 0, 0, one)]),
        source([("sub-a", 0, 0, two), ("sub-b", 1, 0, one)]),
    ]
    subjects, maps = subject_maps(sources, inside)
    assert subjects == ["sub-a", "sub-b"]
    assert maps.tolist() == [[2, -2], [10, -10]]


def test_the_group_map_is_the_absolute_mean_and_not_the_mean_of_absolutes():
    maps = np.array([[3.0, 1, 0], [-3, 1, 0]])
    assert group_auc(maps, np.array([0, 1, 0])) == 1
    assert np.isnan(group_auc(np.zeros((0, 3)), np.array([0, 1, 0])))


@pytest.fixture
def noisy_maps():
    rng = np.random.default_rng(6)
    truth = np.clip(rng.normal(0, 0.5, 3000), 0, 1)
    return (truth + 4 * rng.standard_normal((20, 3000))).astype(np.float32), truth


def test_resampling_subjects_equals_a_loop_over_exact_aucs(noisy_maps):
    maps, truth = noisy_maps
    chosen = np.random.default_rng([1, 2]).integers(20, size=(40, 20))
    exact = [group_auc(maps[rows], truth) for rows in chosen]
    assert np.allclose(resampled_aucs(maps, truth, 40, [1, 2]), exact, atol=1e-4)


def test_the_interval_holds_its_value_and_starts_no_higher_than_the_percentile(noisy_maps):
    maps, truth = noisy_maps
    resampled = resampled_aucs(maps, truth, 200, 1)
    found = interval(group_auc(maps, truth), resampled)
    assert found.low <= np.percentile(resampled, 2.5)
    assert found.low < found.value < found.high


def test_the_interval_of_symmetric_resamples_is_their_percentiles():
    found = interval(0.6, np.linspace(0.5, 0.7, 41))
    assert found == pytest.approx((0.6, 0.505, 0.695))


def test_an_undefined_resample_makes_the_interval_undefined():
    assert interval(np.nan, np.array([0.5, 0.6])) is UNDEFINED
    assert interval(0.5, np.array([0.5, np.nan])) is UNDEFINED
    assert np.isnan(resampled_aucs(np.zeros((0, 5), np.float32), np.ones(5), 3, 1)).all()
