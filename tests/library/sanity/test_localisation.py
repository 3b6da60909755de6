from types import SimpleNamespace

import numpy as np
import pytest

from voxplain.sanity.localisation import (
    UNDEFINED,
    group_scores,
    interval,
    resampled_scores,
    subject_maps,
    subject_scores,
)
from voxplain.sanity.target import Target
from voxplain.sanity.voxel_scores import MEASURES, voxel_scores


def flat(truth):
    """The target of voxels in a row."""
    truth = np.asarray(truth, float)
    return Target(np.ones(truth.shape, bool), truth, truth >= 0.5)


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
    assert group_scores(maps, flat([0, 1, 0])).tolist() == [1] * 5
    assert np.isnan(group_scores(np.zeros((0, 3)), flat([0, 1, 0]))).all()


def test_a_subject_is_scored_by_the_size_of_its_own_map():
    maps = np.array([[1.0, -4, 2], [3, 1, -2], [5, 5, 5]], np.float32)
    found = subject_scores(maps, flat([0, 1, 0]))
    assert found[0].tolist() == pytest.approx([1, 1, 4 / 7, 1, 1])
    assert found[1].tolist() == pytest.approx([0, 1 / 3, 1 / 6, 0, 0])
    assert np.isnan(found[2]).all()
    assert subject_scores(maps[:0], flat([0, 1, 0])).shape == (0, len(MEASURES))


@pytest.fixture
def noisy_maps():
    rng = np.random.default_rng(6)
    place = flat(np.clip(rng.normal(0, 0.5, 3000), 0, 1))
    return (place.truth + 4 * rng.standard_normal((20, 3000))).astype(np.float32), place


def test_resampling_subjects_equals_a_loop_over_exact_scores(noisy_maps):
    maps, place = noisy_maps
    chosen = np.random.default_rng([1, 2]).integers(20, size=(40, 20))
    exact = np.array([voxel_scores(np.abs(maps[rows].mean(axis=0)), place) for rows in chosen])
    found = resampled_scores(maps, place, 40, [1, 2])
    assert np.allclose(found[:, 0], exact[:, 0], atol=1e-4)
    assert np.allclose(found[:, 1:4], exact[:, 1:4], atol=2e-3)


def test_the_interval_holds_its_value_and_starts_no_higher_than_the_percentile(noisy_maps):
    maps, place = noisy_maps
    resampled = resampled_scores(maps, place, 200, 1)[:, 0]
    found = interval(group_scores(maps, place)[0], resampled)
    assert found.low <= np.percentile(resampled, 2.5)
    assert found.low < found.value < found.high


def test_the_interval_of_symmetric_resamples_is_their_percentiles():
    found = interval(0.6, np.linspace(0.5, 0.7, 41))
    assert found == pytest.approx((0.6, 0.505, 0.695))


def test_an_undefined_resample_makes_the_interval_undefined():
    assert interval(np.nan, np.array([0.5, 0.6])) is UNDEFINED
    assert interval(0.5, np.array([0.5, np.nan])) is UNDEFINED
    assert np.isnan(resampled_scores(np.zeros((0, 5), np.float32), flat(np.ones(5)), 3, 1)).all()
