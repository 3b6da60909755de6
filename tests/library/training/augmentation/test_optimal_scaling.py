import numpy as np
import pytest
import torch
from scipy.stats import pearsonr
from sklearn.metrics import roc_auc_score

from voxplain.errors import SettingsError
from voxplain.store import Volumes, write_store
from voxplain.training.augmentation import augmentation_of
from voxplain.training.augmentation.optimal_scaling import (
    brain_volumes,
    drawn_factor,
    scaling_factors,
    transported,
)

SHAPE = (30, 30, 30)


def sizes_and_labels(n=300, seed=1):
    labels = np.arange(n) % 2
    drawn = np.random.default_rng(seed).normal(size=n)
    return 1200 + 130 * labels + 90 * drawn * (1 + 0.3 * labels), labels


@pytest.fixture
def balls(tmp_path):
    """A store of 40 balls in the class 1 of which the radius is larger, its Volumes and labels."""
    labels = [number % 2 for number in range(40)]
    x = np.arange(30) - 14.5
    distance = np.sqrt(x[:, None, None] ** 2 + x[None, :, None] ** 2 + x[None, None] ** 2)

    def volumes():
        for number, label in enumerate(labels):
            radius = 8.5 + 0.6 * label + np.random.default_rng(number).normal(scale=0.5)
            ball = np.clip(radius - distance + 0.5, 0, 1)
            yield f"sub-{number:02d}", f"sub-{number:02d}", ball.astype(np.float32), ball > 0.5

    write_store(tmp_path / "balls.h5", volumes(), np.diag([2.0, 2, 2, 1]), "mni152", {})
    return Volumes(tmp_path / "balls.h5"), labels


def test_classes_of_equal_numbers_are_carried_rank_by_rank():
    sizes, others = np.array([3.0, 1, 2]), np.array([10.0, 40, 20])
    assert transported(sizes, others).tolist() == [40.0, 10.0, 20.0]


def test_carried_sizes_have_the_quantiles_of_the_other_class():
    generator = np.random.default_rng(2)
    sizes, others = generator.normal(1200, 100, 300), generator.normal(1350, 130, 200)
    carried = transported(sizes, others)
    assert (np.diff(carried[np.argsort(sizes)]) >= -1e-9).all()
    quantiles = np.linspace(0.05, 0.95, 19)
    np.testing.assert_allclose(np.quantile(carried, quantiles), np.quantile(others, quantiles), atol=8)
    np.testing.assert_allclose(carried.mean(), others.mean())


def test_equal_sizes_are_carried_to_one_place():
    assert transported([5.0, 5.0, 7.0], [1.0, 3.0, 9.0]).tolist() == [2.0, 2.0, 9.0]


def test_carried_whole_the_classes_change_places_and_drawn_they_meet():
    sizes, labels = sizes_and_labels()
    factors = scaling_factors(sizes, labels)
    before = roc_auc_score(labels, sizes)
    assert before > 0.75 and abs(roc_auc_score(labels, sizes * factors**3) - (1 - before)) < 0.02
    drawn = [
        roc_auc_score(
            labels, sizes * [drawn_factor(one, 1000 * epoch + place) ** 3 for place, one in enumerate(factors)]
        )
        for epoch in range(5)
    ]
    assert abs(np.mean(drawn) - 0.5) < 0.05


def test_size_no_longer_tells_augmented_training_volumes_apart(balls):
    volumes, labels = balls
    sizes = brain_volumes(volumes)
    np.testing.assert_allclose(sizes, [float(volumes.mask(place).sum()) * 8 / 1000 for place in range(40)])
    assert roc_auc_score(labels, sizes) > 0.7
    augmentation = augmentation_of({"optimal_scaling": True}, train=volumes, labels=labels)
    shown = [
        [float(augmentation(volumes[place], place, 7919 * epoch + place).sum()) for place in range(40)]
        for epoch in range(12)
    ]
    found = np.mean([roc_auc_score(labels, epoch) for epoch in shown])
    assert abs(found - 0.5) < 0.05
    # what is left of a scan's size is its rank within its own class
    assert pearsonr(np.mean(shown, 0)[::2], sizes[::2])[0] > 0.9


def test_a_scan_is_scaled_by_the_factor_and_strength_of_its_place(balls):
    volumes, labels = balls
    augmentation = augmentation_of({"optimal_scaling": True}, train=volumes, labels=labels)
    factors = scaling_factors(brain_volumes(volumes), labels)
    assert augmentation.about == {"optimal_scaling": True, "factors": factors.tolist()}
    place = int(np.argmax(factors))
    changed = augmentation(volumes[place], place, 11)
    expected = drawn_factor(factors[place], 11)
    assert 1 < expected < factors[place]
    assert abs(float(changed.sum() / volumes[place].sum()) / expected**3 - 1) < 0.02
    before = torch.get_rng_state()
    assert torch.equal(augmentation(volumes[place], place, 11), changed)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("labels", [[0, 1, 2] * 13 + [0], [0.5, 1.5] * 20, [1] * 40])
def test_labels_that_are_not_of_two_classes_are_refused(balls, labels):
    with pytest.raises(SettingsError, match="two classes"):
        augmentation_of({"optimal_scaling": True}, train=balls[0], labels=labels)


def test_a_deformation_that_would_fold_is_refused(balls):
    with pytest.raises(SettingsError, match="use at most 7.5"):
        augmentation_of({"elastic": 8}, train=balls[0], labels=balls[1])
    assert augmentation_of({"elastic": 5}, train=balls[0], labels=balls[1]).spacing == (2, 2, 2)
    assert augmentation_of({}, train=balls[0], labels=balls[1]) is None
