"""The models of a table that are known by name, and the options that each has of scikit-learn or XGBoost."""

from dataclasses import dataclass

_TREES = ("n_estimators", "max_depth", "min_samples_split", "min_samples_leaf", "max_features", "max_leaf_nodes")


@dataclass(frozen=True)
class Kind:
    """What a model tells, and the options that it has of scikit-learn or XGBoost."""

    options: tuple
    classes: bool = True
    amounts: bool = True


MODELS = {
    "logistic_regression": Kind(("C", "l1_ratio", "solver", "tol", "max_iter", "class_weight"), amounts=False),
    "ridge": Kind(("alpha", "tol"), classes=False),
    "svc": Kind(("C", "kernel", "gamma", "degree", "coef0", "tol", "max_iter")),
    "knn": Kind(("n_neighbors", "weights", "metric", "p")),
    "random_forest": Kind((*_TREES, "bootstrap", "criterion")),
    "extra_trees": Kind((*_TREES, "bootstrap", "criterion")),
    "gradient_boosting": Kind((*_TREES, "learning_rate", "subsample", "loss")),
    "xgboost": Kind(
        ("n_estimators", "max_depth", "learning_rate", "subsample", "colsample_bytree", "min_child_weight")
        + ("gamma", "reg_alpha", "reg_lambda")
    ),
}
DETECTORS = {
    "isolation_forest": ("n_estimators", "max_samples", "max_features", "bootstrap"),
    "one_class_svm": ("kernel", "gamma", "nu", "degree", "coef0"),
    "elliptic_envelope": ("support_fraction", "assume_centered"),
    "local_outlier_factor": ("n_neighbors", "metric", "p"),
}
