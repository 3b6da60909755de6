import pytest

from tests.library.merging import merged
from voxplain.cohort.tables.refused_features import refuse_asked
from voxplain.errors import SettingsError

AGE = {"labels": {"age": {"column": "Age", "regression": True}}}
AGES = {"labels": {"age4": {"column": "Age", "ranges": {"22-25": 0, "26-30": 1, "31-35": 2, "36+": 3}}}}


def asked(cohort=None, **one):
    one = {"model": "xgboost", "features": ["Age"]} | one
    experiments = {"a": {"input": "affine", "labels": next(iter(cohort["labels"]))}} if cohort else {}
    user = {"experiments": experiments} if experiments else {}
    return merged(**user, cohort=cohort or {}, baselines={"tabular": {"t": one}})


@pytest.mark.parametrize(
    ("one", "cohort", "line"),
    [
        ({"model": "xgbost"}, None, ".model\" is 'xgbost', but should be one of logistic_regression, ridge, svc, knn"),
        (
            {"options": {"max_dept": 3}},
            None,
            '.options" has "max_dept", which xgboost has not; did you mean "max_depth"?',
        ),
        ({"grid": {"n_neighbors": [3]}}, None, '.grid" has "n_neighbors", which xgboost has not; '),
        ({"grid": {"max_depth": []}}, None, ".grid"),
        ({"features": ["measures"]}, None, '.features" has measures, but cohort.features names no table of them; '),
        ({"labels": ["sexx"]}, None, '.labels" has "sexx", which no experiment tells; did you mean "sex"?'),
        (
            {"model": "ridge", "labels": ["sex"]},
            None,
            '.model" is ridge, but label sex is classes; use logistic_regression',
        ),
        ({"model": "ridge"}, None, '": a ridge so asked for can tell no label of an experiment; leave it out'),
        (
            {"model": "logistic_regression", "labels": ["age"]},
            AGE,
            '.model" is logistic_regression, but label age is an amount; use ridge, svc, knn',
        ),
        ({"oversample": "smote", "labels": ["age"]}, AGE, '.oversample" needs classes, but label age is an amount'),
        ({"anomaly": {"class": 1}, "labels": ["age"]}, AGE, '.anomaly" needs classes, but label age is an amount'),
        (
            {"choose_by": "roc_auc", "grid": "default", "labels": ["age"]},
            AGE,
            '.choose_by" is roc_auc, which label age has not; use one of r2, mae',
        ),
        ({"choose_by": "roc_auc"}, None, '.choose_by" needs a grid to choose from; leave it out or set that'),
        ({"anomaly": {"class": 4}}, AGES, '.anomaly.class" is 4, but label age4 has classes 0 to 3; use one of them'),
        (
            {"anomaly": {"class": 3, "options": {"nu": 0.1}}},
            AGES,
            '.anomaly.options" has "nu", which isolation_forest has not; known here: n_estimators',
        ),
        ({"residualise": ["Age"]}, None, '.residualise" has Age, which is a feature too; leave it out of one of them'),
        ({"protocols": [{"scheme": "kfold"}]}, None, '.protocols" has a kfold without k; say how many folds'),
        ({"protocols": [{"scheme": "leave_one_out", "k": 5}]}, None, '.protocols" gives leave_one_out a k'),
        ({"importances": ["shap"]}, None, ".importances"),
    ],
)
def test_a_model_of_a_table_that_cannot_be_is_one_line(one, cohort, line):
    with pytest.raises(SettingsError) as stopped:
        asked(cohort, **one)
    assert str(stopped.value).startswith(f'setting "baselines.tabular.t{line}')
    assert "\n" not in str(stopped.value)


def test_a_model_that_is_called_like_another_is_refused():
    with pytest.raises(SettingsError, match='"baselines.tabular.size" is called like another model; rename it'):
        merged(baselines={"tabular": {"size": {"model": "knn", "features": ["Age"]}}})


@pytest.mark.parametrize("column", ["Subject", "Release", "Gender", "label_sex", "Acquisition"])
def test_an_id_a_release_or_the_label_is_refused_before_anything_runs(column):
    with pytest.raises(SettingsError, match=f"tabular.t.features.* has {column}, which can never be a feature"):
        refuse_asked(asked(features=[column]))
    refuse_asked(asked(features=["Age", "FS_Mask_Vol"]))


def test_a_model_tells_all_labels_of_its_kind_unless_it_names_some():
    cohort = {"labels": {"sex": {"column": "Gender", "classes": {"F": 0, "M": 1}}, **AGE["labels"]}}
    experiments = {name: {"input": "affine", "labels": name} for name in ("sex", "age")}

    def labels(**one):
        tabular = {"t": {"features": ["FS_A"]} | one}
        return merged(cohort=cohort, experiments=experiments, baselines={"tabular": tabular})["baselines"]["tabular"][
            "t"
        ]["labels"]

    assert labels(model="knn") == ["age", "sex"] and labels(model="ridge") == ["age"]
    assert labels(model="knn", oversample="smote") == labels(model="logistic_regression") == ["sex"]
    assert labels(model="knn", labels=["age"]) == ["age"]
