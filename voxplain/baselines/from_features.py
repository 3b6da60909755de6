"""Out-of-fold predictions by a linear model of a few features, numbers and categories."""

import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from voxplain.baselines.out_of_fold import out_of_fold, told_by

FEW = 3  # numbers that a straight line is fitted through; with more, or categories, it is held back by a ridge


def from_features(features, folds, classes=2):
    """Predictions, see `out_of_fold`, by logistic regression; of a regression, ``classes`` None, by a line or a ridge.

    features: a row for each scan, by whose names it goes; numbers are standardised, other columns are categories, of
    which one that no fitted scan has tells nothing. Scans with a value missing are left out. Each split's model,
    standardisation included, is fitted on its training and validation scans.
    """
    features = features.dropna()
    numbers = [one for one in features if pd.api.types.is_numeric_dtype(features[one])]
    categories = [one for one in features if one not in numbers]

    def fitted_on(rows):
        seen = make_column_transformer(
            (StandardScaler(), numbers), (OneHotEncoder(handle_unknown="ignore", sparse_output=False), categories)
        )
        model = make_pipeline(seen, _model(classes, bool(categories) or len(numbers) > FEW))
        model.fit(features.loc[rows["scan"]], rows["label"])
        return lambda held_out: told_by(model, features.loc[held_out["scan"]], classes)

    return out_of_fold(folds[folds["scan"].isin(features.index)], fitted_on, classes)


def _model(classes, many):
    if classes:
        return LogisticRegression(max_iter=1000)
    return Ridge() if many else LinearRegression()
