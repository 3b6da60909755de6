import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression, Ridge

from voxplain.errors import InputError, SettingsError
from voxplain.insight.concept_tests import far_p, high_p
from voxplain.insight.concept_values import concept_values, dealt_concepts
from voxplain.insight.concept_vectors import activation_span, concept_pattern, concept_vector, ends


def cosine(one, other):
    return one @ other / np.linalg.norm(one) / np.linalg.norm(other)


@pytest.mark.parametrize("units", [4, 60])
def test_directions_are_those_of_scikit_learn_among_all_units_also_where_they_outnumber_scans(units):
    generator = np.random.default_rng(units)
    activations, values = generator.normal(size=(24, units)) * 3 + 5, generator.normal(size=24)
    span = activation_span(activations)
    assert np.allclose(span.basis.T @ span.basis, np.eye(span.basis.shape[1]))
    assert np.allclose(span.placed(activations), span.places)
    low, high = np.argsort(values)[:8], np.argsort(values)[-8:]
    centred = (activations - activations.mean(axis=0)) / span.unit
    expected = {
        "regression": Ridge(alpha=1.0).fit(centred, (values - values.mean()) / values.std()).coef_,
        "pattern": [np.cov(one, values)[0, 1] for one in activations.T],
        "classifier": LogisticRegression(C=1.0, tol=1e-8, max_iter=5000)
        .fit(centred[np.r_[low, high]], np.repeat([0, 1], 8))
        .coef_[0],
    }
    for kind, direction in expected.items():
        direction = np.array(direction)
        found = concept_vector(span.places, values, kind)
        assert np.linalg.norm(found) == pytest.approx(1)
        assert cosine(span.basis @ found, direction) == pytest.approx(1, abs=1e-5)


def test_the_pattern_of_two_values_is_from_mean_to_mean_for_a_standard_deviation():
    generator = np.random.default_rng(2)
    places, values = generator.normal(size=(20, 3)), np.repeat([3.0, 8.0], 10)
    difference = places[10:].mean(axis=0) - places[:10].mean(axis=0)
    assert np.allclose(concept_pattern(places, values), difference / 2)
    assert cosine(concept_vector(places, values), difference) == pytest.approx(1)


def test_thirds_are_taken_of_amounts_both_of_two_values_and_sides_of_the_mean_where_most_are_alike():
    low, high = ends([5, 1, 4, 2, 3, 6])
    assert low.tolist() == [False, True, False, True, False, False] and high.sum() == 2 and high[[0, 5]].all()
    assert ends([0, 0, 0, 0, 1])[0].sum() == 4 and ends([0, 0, 0, 0, 1])[1].sum() == 1
    low, high = ends([0, 0, 0, 0, 0, 0, 1, 2])
    assert low.sum() == 6 and high.sum() == 2


def test_what_does_not_vary_has_no_direction():
    places = np.random.default_rng(1).normal(size=(9, 3))
    assert np.isnan(concept_vector(places, np.ones(9))).all()
    with pytest.raises(InputError, match="says the same of every training scan"):
        activation_span(np.full((9, 4), 1e6))
    with pytest.raises(SettingsError, match="kind is 'svm'"):
        concept_vector(places, np.arange(9), "svm")


def test_a_random_concept_has_the_values_of_the_concept_and_scans_keep_their_distance_from_their_subject():
    values = pd.Series([1.0, 2.0, 9.0, 4.0, np.nan, 7.0, 8.0], index=list("abcdefg"), name="age")
    subjects = dict(zip("abcdefg", [1, 1, 2, 3, 4, 5, 6], strict=True))
    dealt = dealt_concepts(values.to_frame(), subjects, 50, 3).values["age"]
    assert "e" not in dealt.index and np.allclose(dealt[0], values.dropna())
    assert np.allclose(dealt.loc["b"] - dealt.loc["a"], 1)
    one_each = dealt.drop(index="b").add(pd.Series({"a": 0.5}), axis=0, fill_value=0)
    for draw in range(51):
        assert sorted(one_each[draw]) == [1.5, 4, 7, 8, 9]
    assert len({tuple(dealt[draw]) for draw in range(51)}) > 20
    again = dealt_concepts(values.to_frame(), subjects, 50, 3).values["age"]
    assert again.equals(dealt)
    assert not dealt_concepts(values.to_frame(), subjects, 50, 4).values["age"].equals(dealt)


def test_within_classes_nobody_gets_a_value_of_another_class():
    values = pd.DataFrame({"volume": [1.0, 2, 3, 11, 12, 13, 14]}, index=list("abcdefg"))
    subjects, classes = {one: one for one in "abcdefg"}, dict(zip("abcdefg", [0, 0, 0, 1, 1, 1, 1], strict=True))
    dealt = dealt_concepts(values, subjects, 60, 1, classes).values["volume"].to_numpy()
    assert set(dealt[:3].ravel()) == {1, 2, 3} and set(dealt[3:].ravel()) == {11, 12, 13, 14}
    assert (dealt[:3, 1:] != dealt[:3, :1]).any()


def test_columns_become_numbers_and_those_that_cannot_are_a_line():
    table = pd.DataFrame({"sex": ["F", "M", None], "age": [20, 30, 40], "site": ["a", "b", "c"], "same": 1.0})
    table["years"] = ["22-25", "36+", "<22"]
    assert concept_values(table, ["years"])["years"].tolist() == [23.5, 36, 22], "the middle, or the end that there is"
    found = concept_values(table, ["sex", "age"])
    assert list(found) == ["sex: M", "age"]
    assert found["sex: M"].tolist()[:2] == [0, 1] and np.isnan(found["sex: M"][2])
    with pytest.raises(InputError, match='concept "site": text of 3 values'):
        concept_values(table, ["site"])
    with pytest.raises(InputError, match='concept "same": the same in every scan'):
        concept_values(table, ["same"])
    with pytest.raises(
        InputError, match='concept "hippocampus": no such column; known are sex, age, site, same, years'
    ):
        concept_values(table, ["hippocampus"])


def test_a_p_counts_the_draws_that_are_as_far_out_and_the_concept_itself():
    # the mean of all is 0.2: only the concept itself is 2.8 away
    assert far_p([3.0, -2.0, 1.0, -1.0, 0.0]) == 1 / 5
    assert far_p([1.0, 1.0, 1.0]) == 1
    assert np.isnan(far_p([np.nan, 1.0])) and np.isnan(far_p([1.0]))
    assert high_p([2.0, 3.0, 2.0, 1.0]) == 3 / 4
