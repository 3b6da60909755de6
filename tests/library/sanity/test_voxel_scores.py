import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from voxplain.sanity.target import Target, target
from voxplain.sanity.voxel_scores import MEASURES, binned_voxel_scores, voxel_scores

SHAPE = (9, 11, 7)


def flat(truth, near=None):
    """The target of voxels in a row."""
    truth = np.asarray(truth, float)
    return Target(np.ones(truth.shape, bool), truth, truth >= 0.5 if near is None else np.asarray(near))


def scored(scores, truth, near=None):
    return dict(zip(MEASURES, voxel_scores(np.asarray(scores, float), flat(truth, near)), strict=True))


def twice(truth):
    """Each voxel as a positive of weight t and as a negative of weight 1 - t: classes and weights for sklearn."""
    return np.repeat([1, 0], len(truth)), np.concatenate([truth, 1 - truth])


def test_five_measures_of_four_voxels_worked_by_hand():
    found = scored([4, 2, 3, 1], [1, 1, 0, 0])
    # pairs (positive, negative) of scores: (4, 1) and (4, 3) right, (2, 1) right, (2, 3) wrong
    assert found["auc"] == pytest.approx(3 / 4)
    # the first positive comes first of 1, the second second of 3
    assert found["average_precision"] == pytest.approx((1 + 2 / 3) / 2)
    assert found["mass"] == pytest.approx(6 / 10)
    assert found["rank_accuracy"] == pytest.approx(1 / 2)
    assert found["pointing"] == 1


def test_a_soft_truth_of_two_voxels_worked_by_hand():
    found = scored([2, 1], [0.75, 0.25], near=[False, True])
    # positive .75, .25 and negative .25, .75; pairs: .75*.25 tie + .75*.75 right + .25*.25 wrong + .25*.75 tie
    assert found["auc"] == pytest.approx(0.5 * 0.1875 + 0.5625 + 0.5 * 0.1875)
    # recall .75 at a precision of .75, then the rest at a precision of one half
    assert found["average_precision"] == pytest.approx(0.75 * 0.75 + 0.25 * 0.5)
    assert found["mass"] == pytest.approx((2 * 0.75 + 0.25) / 3)
    # the truth amounts to one voxel, of which none can hold more than .75
    assert found["rank_accuracy"] == pytest.approx(1)
    assert found["pointing"] == 0


@pytest.mark.parametrize("ties", [False, True])
def test_curves_agree_with_sklearn_on_a_soft_truth(ties):
    rng = np.random.default_rng(8)
    scores = rng.integers(0, 6, 500).astype(float) if ties else rng.random(500)
    truth = np.clip(rng.normal(0.2, 0.4, 500), 0, 1)
    classes, weights = twice(truth)
    found = scored(scores, truth)
    for measure, theirs in (("auc", roc_auc_score), ("average_precision", average_precision_score)):
        assert found[measure] == pytest.approx(theirs(classes, np.tile(scores, 2), sample_weight=weights), abs=1e-12)


def test_a_hard_truth_in_a_volume_agrees_with_quantus(quantus):
    rng = np.random.default_rng(3)
    maps = rng.random((6, 1, *SHAPE)) ** 3
    truth = np.zeros(SHAPE)
    truth[2:6, 3:8, 2:5] = 1
    maps[:3, 0] += truth * 0.4
    quiet = {"normalise": False, "abs": False, "disable_warnings": True}
    theirs = {
        "auc": quantus.AUC(**quiet),
        "mass": quantus.RelevanceMassAccuracy(**quiet),
        "rank_accuracy": quantus.RelevanceRankAccuracy(**quiet),
        "pointing": quantus.PointingGame(**quiet),
    }
    place = target(truth, np.ones(SHAPE), (3, 3, 3), 0)
    found = np.array([voxel_scores(one.ravel(), place) for one in maps])
    masks = np.repeat(truth[None, None], 6, axis=0)
    for measure, metric in theirs.items():
        expected = np.array(metric.evaluate_batch(a_batch=maps, s_batch=masks), float)
        assert np.allclose(found[:, MEASURES.index(measure)], expected, atol=1e-12)
        assert len(set(expected.round(6))) > 1


def test_the_truth_itself_is_the_best_map_and_its_opposite_the_worst():
    truth = np.repeat([1.0, 0.0], [5, 95])
    assert list(scored(truth, truth).values()) == [1] * 5
    worst = scored(1 - truth, truth)
    assert worst["auc"] == worst["mass"] == worst["rank_accuracy"] == worst["pointing"] == 0
    soft = np.linspace(0, 1, 50) ** 2
    best = scored(soft, soft)
    assert best["rank_accuracy"] == pytest.approx(1) and best["pointing"] == 1


def test_chance_is_what_random_orders_reach():
    rng = np.random.default_rng(2)
    place = flat(np.clip(rng.normal(0.1, 0.3, 3000), 0, 1))
    found = np.mean([voxel_scores(rng.random(3000), place) for _ in range(200)], axis=0)
    expected = [place.chance[measure] for measure in MEASURES]
    assert np.allclose(found[:4], expected[:4], atol=0.01)
    assert found[4] == pytest.approx(expected[4], abs=0.1)


def test_tied_voxels_share_what_they_hold():
    found = scored([3, 3, 3, 1], [1, 0, 0, 0])
    assert found["rank_accuracy"] == found["pointing"] == pytest.approx(1 / 3)
    assert found["auc"] == pytest.approx(1 / 3 * 1 + 2 / 3 * 0.5)


@pytest.mark.parametrize("scores", [np.zeros(4), np.full(4, 2.0), np.array([1, 2, np.nan, 3]), np.zeros(0)])
def test_a_map_that_is_constant_or_not_finite_is_undefined_and_not_zero(scores):
    place = flat(np.linspace(0, 1, len(scores)))
    assert np.isnan(voxel_scores(scores, place)).all()
    assert np.isnan(binned_voxel_scores(scores.astype(np.float32), place)).all()


@pytest.mark.parametrize("truth", [0.0, 1.0])
def test_without_an_effect_or_with_nothing_else_there_is_nothing_to_locate(truth):
    assert np.isnan(voxel_scores(np.arange(4.0), flat(np.full(4, truth)))).all()


def test_ranks_in_bins_hardly_differ_from_ranks():
    rng = np.random.default_rng(6)
    place = flat(np.clip(rng.normal(0, 0.5, 4000), 0, 1))
    scores = np.abs(place.truth + rng.standard_normal(4000)).astype(np.float32)
    exact, binned = voxel_scores(scores, place), binned_voxel_scores(scores, place)
    assert np.allclose(binned[0], exact[0], atol=1e-4)
    assert np.allclose(binned[1:], exact[1:], atol=1e-3)
    assert binned[4] == exact[4]
