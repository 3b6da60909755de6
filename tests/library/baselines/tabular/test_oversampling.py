import numpy as np
import pytest
from imblearn.over_sampling import SMOTE
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from tests.library.baselines.tabular.morphometry import by_hand, entry, made_features, made_folds, made_labels
from voxplain.baselines.tabular.fitting import fitted_out_of_fold
from voxplain.baselines.tabular.models import model_named
from voxplain.baselines.tabular.oversampling import Oversampled


def rare_labels():
    labels = made_labels()
    labels[np.flatnonzero(labels == 1)[8:]] = 0
    return labels


def test_smote_inside_the_fold_is_that_of_a_plain_loop_over_training_rows():
    labels = rare_labels()
    features, folds = made_features(labels), made_folds(labels)
    fitted = fitted_out_of_fold(features, folds, entry("logistic_regression", oversample="smote"))
    for split, rows in folds.groupby("split"):
        learnt, judged = rows[rows["role"] != "test"], rows[rows["role"] == "test"]
        inside, outside = by_hand(features, learnt["scan"], judged["scan"])
        sampler = fitted.pipelines[split, ""][0]["oversample"]
        neighbours = min(5, (learnt["label"] == 1).sum() - 1)
        more, told = SMOTE(k_neighbors=neighbours, random_state=sampler.seed).fit_resample(inside, learnt["label"])
        plain = LogisticRegression(max_iter=10000).fit(more, told)
        ours = fitted.predictions[fitted.predictions["split"] == split]
        np.testing.assert_allclose(ours["probability_1"], plain.predict_proba(outside)[:, 1], atol=1e-8)


def test_a_grid_is_scored_on_validation_rows_as_they_are_after_smote_of_training_rows():
    labels = rare_labels()
    features, folds = made_features(labels), made_folds(labels)
    asked = entry("logistic_regression", oversample="smote", grid={"C": [0.01, 1, 100]}, choose_by="roc_auc")
    fitted = fitted_out_of_fold(features, folds, asked)
    for split, rows in folds.groupby("split"):
        learnt, judged = rows[rows["role"] == "train"], rows[rows["role"] == "validation"]
        inside, outside = by_hand(features, learnt["scan"], judged["scan"])
        seed = fitted.pipelines[split, ""][0]["oversample"].seed
        neighbours = min(5, (learnt["label"] == 1).sum() - 1)
        more, told = SMOTE(k_neighbors=neighbours, random_state=seed).fit_resample(inside, learnt["label"])
        loop = []
        for c in (0.01, 1, 100):
            plain = LogisticRegression(C=c, max_iter=10000).fit(more, told)
            loop.append(roc_auc_score(judged["label"], plain.decision_function(outside)))
        np.testing.assert_allclose(fitted.grid.loc[fitted.grid["split"] == split, "validation"], loop)


@pytest.mark.parametrize("kind", ["smote", "random"])
def test_held_out_rows_are_judged_as_they_are_and_only_training_rows_are_made_more(kind, monkeypatch):
    seen = []
    fit, told = LogisticRegression.fit, LogisticRegression.predict_proba

    def counted_fit(self, rows, labels):
        seen.append(("fit", np.bincount(labels).tolist()))
        return fit(self, rows, labels)

    def counted_told(self, rows):
        seen.append(("told", len(rows)))
        return told(self, rows)

    monkeypatch.setattr(LogisticRegression, "fit", counted_fit)
    monkeypatch.setattr(LogisticRegression, "predict_proba", counted_told)
    labels = rare_labels()
    folds = made_folds(labels)
    predictions = fitted_out_of_fold(
        made_features(labels), folds, entry("logistic_regression", oversample=kind)
    ).predictions
    most = [int((rows["label"] == 0).sum()) for _, rows in folds[folds["role"] != "test"].groupby("split")]
    assert [one for what, one in seen if what == "fit"] == [[count, count] for count in most]
    assert [one for what, one in seen if what == "told"] == [20, 20, 20]
    assert sorted(predictions["scan"]) == sorted(folds["scan"].unique())


def test_a_class_of_one_stays_alone_and_a_class_of_three_uses_two_neighbours():
    rows = np.arange(24.0).reshape(12, 2)
    labels = np.array([0] * 8 + [1] * 3 + [2])
    _, told = Oversampled("smote").fit_resample(rows, labels)
    assert np.bincount(told).tolist() == [8, 8, 1]
    _, told = Oversampled("random").fit_resample(rows, labels)
    assert np.bincount(told).tolist() == [8, 8, 8]
    assert Oversampled().fit_resample(rows[:8], labels[:8])[0] is not None
    assert model_named("knn").n_neighbors == 15
