import pytest

from tests.library.merging import merged
from voxplain.errors import SettingsError
from voxplain.settings.side_by_side import is_adjusted

AGE = {"labels": {"age": {"column": "Age", "regression": True}}}


@pytest.mark.parametrize(
    ("baselines", "cohort", "line"),
    [
        (
            {"side_by_side": ["head", "brian"]},
            {},
            'setting "baselines.side_by_side" names "brian", which is no experiment; did you mean "brain"?',
        ),
        (
            {"matched": {"Age": "about"}},
            {},
            'setting "baselines.matched.Age" is "about"; use exact, or the greatest difference, a number above 0',
        ),
        (
            {"matched": {"Gender": "exact"}},
            {},
            'setting "baselines.matched" names Gender, which a label tells; leave it out',
        ),
        (
            {"matched": {"brain_volume_ml": 50}},
            AGE,
            'setting "baselines.matched" matches classes, but what every experiment tells is a number; leave it out',
        ),
    ],
)
def test_what_cannot_be_put_side_by_side_or_matched_is_one_line(baselines, cohort, line):
    with pytest.raises(SettingsError) as stopped:
        merged(baselines=baselines, cohort=cohort)
    assert str(stopped.value) == line


def test_nothing_is_put_side_by_side_unless_it_is_asked_for():
    asked = merged()["baselines"]
    assert asked["side_by_side"] == [] and asked["matched"] == {}


@pytest.mark.parametrize(
    ("baselines", "asked"),
    [
        ({}, False),
        ({"matched": {"Age": 2}}, True),
        ({"kernels": {"residualise": ["Age"]}}, False),
        ({"kernels": {"residualise": ["Age"]}, "voxels": ["svc_rbf"]}, True),
    ],
)
def test_scores_are_adjusted_where_something_asks_for_it(baselines, asked):
    assert is_adjusted(merged(baselines=baselines)["baselines"]) is asked
