import numpy as np
import pytest
from sklearn.covariance import EllipticEnvelope
from sklearn.ensemble import IsolationForest
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import LocalOutlierFactor
from sklearn.svm import OneClassSVM

from tests.library.baselines.tabular.morphometry import by_hand, entry, made_features, made_folds, made_labels
from voxplain.baselines.tabular.anomaly import TwoStep, detector_named
from voxplain.baselines.tabular.fitting import fitted_out_of_fold
from voxplain.errors import InputError
from voxplain.settings.tabular_models import DETECTORS

PLAIN = {
    "isolation_forest": lambda seed: IsolationForest(random_state=seed),
    "one_class_svm": lambda seed: OneClassSVM(),
    "elliptic_envelope": lambda seed: EllipticEnvelope(random_state=seed),
    "local_outlier_factor": lambda seed: LocalOutlierFactor(novelty=True),
}
NUMBERS = ["FS_Mask_Vol", "FS_Thck", "FS_Area"]


@pytest.mark.parametrize("detector", PLAIN)
@pytest.mark.parametrize("learns_from", ["others", "all"])
def test_anomalies_are_the_class_and_the_rest_is_told_by_a_model_that_never_saw_them(detector, learns_from):
    labels = made_labels(4)
    features, folds = made_features(labels, asked=NUMBERS), made_folds(labels)
    asked = entry("logistic_regression", anomaly={"class": 3, "detector": detector, "learns_from": learns_from})
    fitted = fitted_out_of_fold(features, folds, asked, 4)
    for split, rows in folds.groupby("split"):
        learnt, judged = rows[rows["role"] != "test"], rows[rows["role"] == "test"]
        inside, outside = by_hand(features, learnt["scan"], judged["scan"])
        classes = learnt["label"].to_numpy()
        two = fitted.pipelines[split, ""][0]["model"]
        plain = PLAIN[detector](two.detector.get_params().get("random_state"))
        plain.fit(inside[classes != 3] if learns_from == "others" else inside)
        limit = np.quantile(-plain.score_samples(inside), 1 - np.mean(classes == 3))
        rest = LogisticRegression(max_iter=10000).fit(inside[classes != 3], classes[classes != 3])
        told = np.where(-plain.score_samples(outside) > limit, 3, rest.predict(outside))
        ours = fitted.predictions[fitted.predictions["split"] == split]
        np.testing.assert_array_equal(ours["predicted"], told)
        assert set(two.rest_) == {0, 1, 2}


def test_the_probabilities_agree_with_what_is_told_and_do_not_depend_on_who_else_is_judged():
    labels = made_labels(4)
    features, folds = made_features(labels), made_folds(labels)
    fitted = fitted_out_of_fold(features, folds, entry("svc", anomaly={"class": 3, "contamination": 0.3}), 4)
    table = fitted.predictions
    probabilities = table[[f"probability_{one}" for one in range(4)]].to_numpy()
    np.testing.assert_allclose(probabilities.sum(1), 1)
    np.testing.assert_array_equal(probabilities.argmax(1), table["predicted"])
    assert 3 in set(table["predicted"]) and (probabilities > 0).all()
    pipeline, held_out = fitted.pipelines["r1f1", ""]
    rows = features.table.loc[held_out["scan"]]
    np.testing.assert_allclose(pipeline.predict_proba(rows)[:1], pipeline.predict_proba(rows.iloc[:1]), atol=1e-12)


def test_the_probability_of_the_anomaly_rises_with_how_unusual_a_row_is():
    generator = np.random.default_rng(1)
    rows, labels = generator.normal(size=(80, 2)), np.arange(80) % 3
    rows[labels == 2] *= 4
    two = TwoStep(OneClassSVM(), LogisticRegression(), 2).fit(rows, labels)
    judged = np.linspace(0, 9, 40)[:, None] * [1, 0.5]
    order = np.argsort(two.unusual(judged))
    assert (np.diff(two.predict_proba(judged)[order, 2]) >= 0).all()
    assert (two.predict(judged)[two.unusual(judged) > two.limit_] == 2).all()


def test_the_asked_share_of_training_rows_is_called_an_anomaly():
    generator = np.random.default_rng(1)
    rows, labels = generator.normal(size=(100, 3)), np.repeat([0, 1, 2], [50, 45, 5])
    for share, count in ((None, 5), (0.2, 20)):
        two = TwoStep(IsolationForest(random_state=0), LogisticRegression(), 2, share).fit(rows, labels)
        assert (two.predict(rows) == 2).sum() == count


def test_without_an_anomaly_in_training_nobody_is_called_one():
    rows, labels = np.random.default_rng(1).normal(size=(40, 3)), np.arange(40) % 2
    two = TwoStep(IsolationForest(random_state=0), LogisticRegression(), 2).fit(rows, labels)
    assert two.classes_.tolist() == [0, 1, 2] and set(two.predict(rows * 50)) <= {0, 1}
    np.testing.assert_array_equal(two.predict(rows), LogisticRegression().fit(rows, labels).predict(rows))


def test_of_two_classes_the_detector_alone_tells():
    rows = np.random.default_rng(1).normal(size=(40, 2))
    labels = np.repeat([0, 1], [36, 4])
    rows[labels == 1] += 9
    two = TwoStep(OneClassSVM(), LogisticRegression(), 1).fit(rows, labels)
    np.testing.assert_array_equal(two.predict(rows), labels)
    np.testing.assert_allclose(two.predict_proba(rows).sum(1), 1)


def test_a_covariance_of_too_few_scans_and_a_lone_class_are_refused_in_a_line():
    rows, labels = np.random.default_rng(1).normal(size=(12, 9)), np.array([0, 1, 2] * 4)
    with pytest.raises(InputError, match="elliptic_envelope of 9 features from 8 training scans"):
        TwoStep(EllipticEnvelope(), LogisticRegression(), 2).fit(rows, labels)
    with pytest.raises(InputError, match="class 2 is all that there is"):
        TwoStep(OneClassSVM(), LogisticRegression(), 2).fit(rows, np.full(12, 2))


def test_the_options_of_every_detector_are_its_own():
    for name, options in DETECTORS.items():
        assert set(options) <= set(detector_named(name).get_params())
    with pytest.raises(ValueError, match="no detector"):
        detector_named("forest")
