"""All that is fitted on a table, in one pipeline, so that nothing of it is fitted outside the training rows."""

import numpy as np
from imblearn.pipeline import Pipeline
from pandas.api.types import is_numeric_dtype
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from voxplain.baselines.residuals import Residuals
from voxplain.baselines.tabular.columns import Distinct
from voxplain.baselines.tabular.oversampling import Oversampled

UNKNOWN = "missing"
# What rounding leaves of a feature that is nothing but its confounds, as a share of its spread
NOTHING = 1e-9


def table_pipeline(table, model, oversample="none", seed=1, confounds=()):
    """An unfitted pipeline of ``model`` for rows of the data frame ``table``, whose columns are numbers or texts.

    In turn: a missing number is the training rows' median, a missing text a value of its own; texts become a column for
    each value that the training rows have; columns that do not vary there, or repeat another,
    go; what the columns named in ``confounds``, which are no features themselves, tell of the rest is taken out; each
    is z-scored; with ``oversample`` (smote, random) rare classes are made as many as the commonest.
    """
    features = [column for column in table if column not in confounds]
    encoded = [("numbers", _as_numbers(table[features])), ("distinct", Distinct())]
    if confounds:  # imbalanced-learn takes no pipeline inside a pipeline
        encoded = [("adjust", LessConfounds(Pipeline(encoded), _as_numbers(table[list(confounds)])))]
    steps = [*encoded, ("scale", StandardScaler())]
    steps += [("oversample", Oversampled(oversample, seed=seed))] if oversample != "none" else []
    return Pipeline([*steps, ("model", model)])


def features_of_inputs(fitted):
    """The feature, a column of the table, that each input of the fitted pipeline's model comes from."""
    encoded, names = fitted["adjust"].fitted_ if "adjust" in fitted.named_steps else fitted, []
    for name, transformer, columns in encoded["numbers"].transformers_:
        if name == "numbers":
            names += columns
        elif name == "texts":
            levels = transformer[-1].categories_
            names += [column for column, values in zip(columns, levels, strict=True) for _ in values]
    return [name for name, kept in zip(names, encoded["distinct"].kept_, strict=True) if kept]


class LessConfounds(TransformerMixin, BaseEstimator):
    """What ``features``, a transformer, makes of rows, less what that of ``confounds`` tells of it; see `Residuals`.

    A feature that is nothing but its confounds is 0, and not the rounding that is left of it.
    """

    def __init__(self, features, confounds):
        self.features = features
        self.confounds = confounds

    def fit(self, X, y=None):
        """Fit both transformers, and the lines between them, on the rows ``X`` alone."""
        self.fitted_, self.told_ = clone(self.features).fit(X), clone(self.confounds).fit(X)
        features, told = self.fitted_.transform(X), self.told_.transform(X)
        self.lines_ = Residuals(told.shape[1]).fit(np.column_stack([features, told]))
        left = self.lines_.transform(np.column_stack([features, told]))
        self.left_ = left.std(0) > NOTHING * features.std(0)
        return self

    def transform(self, X):
        """What is left of the features of ``X``."""
        both = np.column_stack([self.fitted_.transform(X), self.told_.transform(X)])
        return self.lines_.transform(both) * self.left_


def _as_numbers(table):
    """The transformer of a table's columns into numbers without a gap, numbers first."""
    numbers = [column for column in table if is_numeric_dtype(table[column])]
    texts = [column for column in table if column not in numbers]
    of_texts = make_pipeline(
        SimpleImputer(missing_values=None, strategy="constant", fill_value=UNKNOWN),
        OneHotEncoder(handle_unknown="ignore", sparse_output=False),
    )
    parts = [("numbers", SimpleImputer(strategy="median", keep_empty_features=True), numbers)] if numbers else []
    return ColumnTransformer([*parts, *([("texts", of_texts, texts)] if texts else [])])
