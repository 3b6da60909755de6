import numpy as np
import pytest
import torch
from sklearn import metrics
from sklearn.utils.class_weight import compute_class_weight

from voxplain.errors import InputError, SettingsError
from voxplain.training.objectives import Objective, objective_of, task_of

GENERATOR = np.random.default_rng(3)


def logits(n, classes):
    return torch.from_numpy(GENERATOR.normal(size=(n, classes))).float()


def test_the_task_follows_from_the_classes():
    assert [task_of(names) for names in (["F", "M"], ["AD", "MCI", "CN"], [])] == ["binary", "multiclass", "regression"]
    assert [task_of(count) for count in (2, 4, 0)] == ["binary", "multiclass", "regression"]


def test_balanced_weights_are_scikit_learns():
    labels = [0] * 5 + [1] * 2 + [2] * 9
    expected = compute_class_weight("balanced", classes=np.arange(3), y=labels)
    assert objective_of(3, labels, "balanced").weight == pytest.approx(expected)
    assert objective_of(3, labels).weight is None
    assert objective_of(3, labels, [1, 2, 3]).weight == (1, 2, 3)


def test_the_loss_of_classes_is_minus_the_log_of_the_true_ones_share_weighted():
    told, true = logits(6, 3), torch.tensor([0, 1, 2, 2, 1, 0])
    shares = np.exp(told.numpy()) / np.exp(told.numpy()).sum(1, keepdims=True)
    each = -np.log(shares[np.arange(6), true])
    assert float(Objective(3).loss(told, true)) == pytest.approx(each.mean(), rel=1e-5)
    weight = np.array([1, 2, 4])[true]
    found = float(Objective(3, (1.0, 2.0, 4.0)).loss(told, true))
    assert found == pytest.approx((weight * each).sum() / weight.sum(), rel=1e-5)


def test_a_regression_is_trained_on_scaled_amounts_and_judged_in_the_labels_unit():
    labels = [60.0, 72, 81, 55, 90]
    objective = objective_of(0, labels)
    targets = objective.targets(labels)
    assert targets.dtype == torch.float32 and float(targets.mean()) == pytest.approx(0, abs=1e-6)
    assert float(targets.std(correction=0)) == pytest.approx(1)
    assert objective.target == {"mean": pytest.approx(np.mean(labels)), "sd": pytest.approx(np.std(labels))}
    told = np.array([61.0, 70, 85, 52, 88])
    scaled = torch.from_numpy((told - objective.mean) / objective.sd).float()[:, None]
    scores = objective.validation_scores(scaled, targets)
    assert scores["mae"] == pytest.approx(metrics.mean_absolute_error(labels, told), rel=1e-5)
    assert scores["r2"] == pytest.approx(metrics.r2_score(labels, told), rel=1e-5)
    assert float(objective.loss(scaled, targets)) == pytest.approx(
        metrics.mean_squared_error(labels, told) / np.var(labels), rel=1e-5
    )
    assert objective.training_scores(scaled, targets)["mae"] == pytest.approx(scores["mae"])


@pytest.mark.parametrize("classes", [2, 4])
def test_scores_of_classes_are_scikit_learns(classes):
    told, true = logits(40, classes), torch.from_numpy(GENERATOR.integers(0, classes, 40))
    shares = torch.softmax(told.double(), 1).numpy()
    scores = Objective(classes).validation_scores(told, true)
    assert scores["balanced_accuracy"] == pytest.approx(metrics.balanced_accuracy_score(true, shares.argmax(1)))
    of = (shares[:, 1],) if classes == 2 else (shares,)
    assert scores["roc_auc"] == pytest.approx(metrics.roc_auc_score(true, *of, multi_class="ovr"))
    found = Objective(classes).training_scores(told, true)["accuracy"]
    assert found == pytest.approx(metrics.accuracy_score(true, shares.argmax(1)))


def test_a_score_that_is_not_defined_is_missing():
    assert np.isnan(Objective(3).validation_scores(logits(4, 3), torch.tensor([0, 1, 1, 0]))["roc_auc"])
    assert np.isnan(Objective(0).validation_scores(logits(1, 1), torch.tensor([0.5]))["r2"])


def test_a_class_without_a_scan_and_amounts_of_one_value_are_refused():
    with pytest.raises(InputError, match="4 training scans are left, and not of both classes"):
        objective_of(2, [1, 1, 1, 1])
    with pytest.raises(InputError, match="not of all 3 classes"):
        objective_of(3, [0, 1, 0, 1])
    with pytest.raises(InputError, match="all of one value"):
        objective_of(0, [61.0, 61.0])
    with pytest.raises(SettingsError, match="2 numbers for 3 classes"):
        objective_of(3, [0, 1, 2], [1, 2])
