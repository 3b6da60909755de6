"""Models of a table by name, as scikit-learn and XGBoost make them, seeded and on one thread."""

from voxplain.settings.tabular import MODELS

# What is laid under the options of an entry. The boosted trees are as deep and as fast as those of the first studies of
# HCP's measures; a logistic regression of a thousand columns needs more steps than 100.
DEFAULTS = {
    "logistic_regression": {"max_iter": 10000},
    "xgboost": {"n_estimators": 100, "max_depth": 3, "learning_rate": 0.1},
    "knn": {"n_neighbors": 15},
}


def model_named(name, amounts=False, options=None, seed=1):
    """The unfitted model ``name``, one of `voxplain.settings.tabular.MODELS`: of classes, or of ``amounts``.

    options: what differs from its defaults. seed: of models that draw.
    """
    made = _of_amounts(name) if amounts else _of_classes(name)
    of_seed = {"random_state": seed} if "random_state" in made().get_params() else {}
    # scikit-learn's logistic regression has the parameter, and warns of it
    threads = {"n_jobs": 1} if "n_jobs" in made().get_params() and name != "logistic_regression" else {}
    return made(**threads, **of_seed, **DEFAULTS.get(name, {}) | (options or {}))


def _of_classes(name):
    if name == "logistic_regression":
        from sklearn.linear_model import LogisticRegression as Model
    elif name == "svc":
        from voxplain.baselines.tabular.margins import Margins as Model
    elif name == "knn":
        from sklearn.neighbors import KNeighborsClassifier as Model
    elif name == "random_forest":
        from sklearn.ensemble import RandomForestClassifier as Model
    elif name == "extra_trees":
        from sklearn.ensemble import ExtraTreesClassifier as Model
    elif name == "gradient_boosting":
        from sklearn.ensemble import GradientBoostingClassifier as Model
    elif name == "xgboost":
        from voxplain.baselines.tabular.boosted import Boosted as Model
    else:
        raise ValueError(f"{name} tells no classes; {', '.join(one for one, kind in MODELS.items() if kind.classes)}")
    return Model


def _of_amounts(name):
    if name == "ridge":
        from sklearn.linear_model import Ridge as Model
    elif name == "svc":
        from sklearn.svm import SVR as Model
    elif name == "knn":
        from sklearn.neighbors import KNeighborsRegressor as Model
    elif name == "random_forest":
        from sklearn.ensemble import RandomForestRegressor as Model
    elif name == "extra_trees":
        from sklearn.ensemble import ExtraTreesRegressor as Model
    elif name == "gradient_boosting":
        from sklearn.ensemble import GradientBoostingRegressor as Model
    elif name == "xgboost":
        from xgboost import XGBRegressor as Model
    else:
        raise ValueError(f"{name} tells no amounts; {', '.join(one for one, kind in MODELS.items() if kind.amounts)}")
    return Model
