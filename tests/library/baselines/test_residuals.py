import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC

from voxplain.baselines.residuals import Residuals, confound_values, residual_labels
from voxplain.errors import InputError

GENERATOR = np.random.default_rng(3)
CONFOUNDS = GENERATOR.normal(size=(40, 2))
FEATURES = GENERATOR.normal(size=(40, 5)) + CONFOUNDS @ GENERATOR.normal(size=(2, 5)) * 3 + 7
BOTH = np.column_stack([FEATURES, CONFOUNDS])


def test_what_is_left_is_what_a_linear_regression_of_the_training_rows_leaves():
    left = Residuals(2).fit(BOTH[:30]).transform(BOTH)
    lines = LinearRegression().fit(CONFOUNDS[:30], FEATURES[:30])
    np.testing.assert_allclose(left, FEATURES - lines.predict(CONFOUNDS), atol=1e-10)
    assert np.abs(np.corrcoef(np.column_stack([left[:30], CONFOUNDS[:30]]).T)[:5, 5:]).max() < 1e-10


def test_held_out_rows_change_nothing_that_is_learnt():
    other = BOTH.copy()
    other[30:] = GENERATOR.normal(100, 50, (10, 7))
    labels = np.arange(40) % 2
    fitted = [make_pipeline(Residuals(2), SVC(kernel="linear")).fit(one[:30], labels[:30]) for one in (BOTH, other)]
    np.testing.assert_array_equal(*(one[0].slopes_ for one in fitted))
    np.testing.assert_array_equal(*(one[1].coef_ for one in fitted))


def test_a_feature_that_is_nothing_but_its_confound_tells_the_classes_no_longer():
    size = GENERATOR.normal(size=200)
    labels = (size > 0).astype(int)
    copy = 5 * size + 3
    left = Residuals(1).fit(np.column_stack([copy, size])).transform(np.column_stack([copy, size]))
    assert np.abs(left).max() < 1e-10 and abs(np.corrcoef(copy, labels)[0, 1]) > 0.7


def test_a_constant_or_doubled_confound_takes_off_no_more_than_the_others():
    told = np.column_stack([FEATURES, CONFOUNDS, CONFOUNDS[:, :1], np.full(40, 2.0)])
    np.testing.assert_allclose(Residuals(4).fit_transform(told), Residuals(2).fit_transform(BOTH), atol=1e-8)


def test_the_confounds_of_a_table_are_numbers_and_columns_of_0_and_1():
    fitted = pd.DataFrame({"Age": [20.0, 30, np.nan], "site": ["a", "b", None]})
    rows = pd.DataFrame({"Age": [np.nan, 50], "site": ["c", "b"]})
    np.testing.assert_array_equal(confound_values(rows, fitted, ["Age", "site"]), [[25, 0, 0], [50, 0, 1]])
    np.testing.assert_array_equal(confound_values(fitted, fitted, ["site"]), [[1, 0], [0, 1], [0, 0]])


def test_a_confound_that_is_nowhere_is_named():
    fitted = pd.DataFrame({"Age": [np.nan, np.nan]})
    with pytest.raises(InputError, match='no column "Sex".*there are Age'):
        confound_values(fitted, fitted, ["Sex"])
    with pytest.raises(InputError, match='column "Age": no training scan'):
        confound_values(fitted, fitted, ["Age"])


def test_labels_lose_the_line_that_training_rows_have():
    labels = 2 * CONFOUNDS[:, 0] - CONFOUNDS[:, 1] + GENERATOR.normal(size=40)
    left = residual_labels(labels[30:], CONFOUNDS[30:], labels[:30], CONFOUNDS[:30])
    line = LinearRegression().fit(CONFOUNDS[:30], labels[:30])
    np.testing.assert_allclose(left, labels[30:] - line.predict(CONFOUNDS[30:]))


def test_confounds_alone_leave_no_feature():
    with pytest.raises(ValueError, match="leave no feature"):
        Residuals(7).fit(BOTH)
