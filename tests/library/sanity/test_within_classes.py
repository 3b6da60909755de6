import numpy as np
import pytest
from scipy.stats import pearsonr

from voxplain.sanity.within_classes import link

LABELS = np.repeat([0, 1], [25, 35])


def made(seed, strength):
    generator = np.random.default_rng(seed)
    size = generator.normal(size=60) + 3 * LABELS
    return strength * size + generator.normal(size=60) + 5 * LABELS, size


def within(values):
    return values - np.array([values[label == LABELS].mean() for label in LABELS])


def test_the_correlation_is_that_of_what_classes_leave():
    values, size = made(1, 0.8)
    found = link(values, size, LABELS, permutations=200)
    assert found["kind"] == "correlation" and found["n"] == 60
    assert found["value"] == pytest.approx(pearsonr(within(values), within(size))[0])
    assert found["low"] < found["value"] < found["high"] and found["p"] == pytest.approx(1 / 201)


def test_what_differs_between_classes_alone_is_no_link():
    values, size = made(1, 0.0)
    assert pearsonr(values, size)[0] > 0.5
    found = link(values, size, LABELS, permutations=200)
    assert abs(found["value"]) < 0.3 and found["p"] > 0.05


def test_p_is_uniform_where_nothing_goes_along():
    ps = [link(*made(seed, 0.0), LABELS, permutations=99, resamples=2)["p"] for seed in range(120)]
    assert 0.02 < np.mean(np.array(ps) <= 0.1) < 0.2


def test_names_have_the_correlation_ratio_within_classes():
    generator = np.random.default_rng(2)
    site = generator.integers(3, size=60)
    values = site * 1.0 + generator.normal(size=60) + 5 * LABELS
    found = link(values, [f"site {one}" for one in site], LABELS, permutations=100)
    # the share of variance that names explain beyond classes, by two plain regressions
    classes = np.eye(2)[LABELS]
    both = np.column_stack([classes, np.eye(3)[site]])
    left = [values - one @ np.linalg.lstsq(one, values, rcond=None)[0] for one in (classes, both)]
    expected = np.sqrt(1 - (left[1] @ left[1]) / (left[0] @ left[0]))
    assert found["kind"] == "ratio" and found["value"] == pytest.approx(expected)
    assert found["p"] < 0.05 and found["value"] > 2 * found["null"]


def test_few_numbers_are_names_and_many_an_amount():
    values = made(1, 0.0)[0]
    assert link(values, np.arange(60) % 5, LABELS, permutations=20)["kind"] == "ratio"
    assert link(values, np.arange(60) % 6, LABELS, permutations=20)["kind"] == "correlation"


def test_of_a_regression_what_the_label_explains_is_taken_out():
    generator = np.random.default_rng(5)
    age = generator.uniform(20, 80, 60)
    size, values = 2 * age + generator.normal(size=60), -3 * age + generator.normal(size=60)
    found = link(values, size, age, regression=True, permutations=200)
    line = np.column_stack([np.ones(60), age])
    left = [one - line @ np.linalg.lstsq(line, one, rcond=None)[0] for one in (values, size)]
    assert found["value"] == pytest.approx(pearsonr(*left)[0])
    assert pearsonr(values, size)[0] < -0.99 < -0.4 < found["value"]


@pytest.mark.parametrize(
    ("values", "column"),
    [
        (np.arange(60.0), LABELS),
        (LABELS * 1.0, np.arange(60.0)),
        (np.arange(60.0), ["one"] * 60),
        (np.arange(60.0), [None] * 53 + list("abcdefg")),
        (np.arange(60.0), [f"scanner {one}" for one in range(60)]),
        (np.full(60, np.nan), np.arange(60.0)),
    ],
)
def test_what_does_not_vary_within_classes_or_is_known_of_few_is_undefined(values, column):
    found = link(values, column, LABELS, permutations=20)
    assert np.isnan([found["value"], found["low"], found["p"]]).all()


def test_empty_cells_are_left_out():
    values, size = made(1, 0.8)
    cells = [str(one) if place % 4 else "" for place, one in enumerate(size)]
    known = np.arange(60) % 4 > 0
    found = link(values, cells, LABELS, permutations=20)
    expected = link(values[known], size[known], LABELS[known], permutations=20)
    assert found["n"] == 45 and found["value"] == pytest.approx(expected["value"])
