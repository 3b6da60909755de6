import numpy as np
import pandas as pd

from voxplain.cohort.dealing.strata import covariate_strata, drawn, joint_strata, label_classes, quantiles


def test_quantiles_are_equal_parts_and_equal_numbers_are_together():
    assert quantiles(pd.Series([30, 10, 20, 60, 50, 40]), 3).tolist() == [1, 0, 0, 2, 2, 1]
    assert quantiles(pd.Series([1.0] * 6), 3).nunique() == 1


def test_a_regression_has_fewer_quantiles_where_folds_are_many():
    values = pd.Series(np.arange(20.0))
    assert label_classes(values, 3).nunique() == 5
    assert label_classes(values, 10).nunique() == 2
    assert label_classes(values.astype(int), 10) is not None and label_classes(values.astype(int), 10).nunique() == 20


def test_numbers_of_many_values_are_told_by_tertiles_and_texts_as_they_are():
    table = pd.DataFrame({"sex": ["F", "M", ""] * 3, "age": ["60", "61", "62", "70", "71", "72", "80", "81", ""]})
    strata = covariate_strata(table, ["sex", "age"]).tolist()
    assert strata == ["F 0", "M 0", "missing 0", "F 1", "M 1", "missing 1", "F 2", "M 2", "missing missing"]


def test_strata_too_rare_for_the_folds_are_put_together():
    classes = pd.Series([0] * 10)
    strata = pd.Series(["a"] * 6 + ["b", "c", "d", "e"])
    assert joint_strata(classes, strata, 3).value_counts().tolist() == [6, 4]


def test_a_draw_is_spread_over_the_strata_of_each_class():
    classes = pd.Series([0] * 20 + [1] * 20, [f"sub-{one:02d}" for one in range(40)])
    strata = pd.Series(["a", "b"] * 20, classes.index)
    for seed in range(10):
        chosen = drawn(classes, 0.2, np.random.default_rng(seed), strata)
        held = pd.DataFrame({"one": classes, "stratum": strata}).loc[list(chosen)]
        assert held.value_counts().tolist() == [2] * 4


def test_at_least_one_of_each_class_is_drawn_and_nobody_for_a_share_of_nothing():
    classes = pd.Series([0, 0, 1, 1], list("abcd"))
    assert len(drawn(classes, 0.01, np.random.default_rng(1))) == 2
    assert drawn(classes, 0, np.random.default_rng(1), classes) == set()
