import pytest

from tests.library.merging import merged
from voxplain.cohort.dealing.columns import asked_of_folds
from voxplain.errors import SettingsError


@pytest.mark.parametrize(
    ("folds", "line"),
    [
        (
            {"scheme": "hold_out"},
            'setting "folds.hold_out" is empty; scheme hold_out needs the number of subjects of each class',
        ),
        (
            {"labels": {"sex": {"scheme": "hold_out"}}},
            'setting "folds.labels.sex.hold_out" is empty; scheme hold_out needs the number of subjects of each class',
        ),
        (
            {"labels": {"six": {"k": 5}}},
            'setting "folds.labels" has "six", which no experiment tells; did you mean "sex"?',
        ),
        (
            {"labels": {"sex": {"scheme": "given"}}},
            "setting \"folds.labels.sex.scheme\" is 'given', but should be one of kfold, leave_one_out, "
            "leave_one_site_out, hold_out",
        ),
    ],
)
def test_folds_that_cannot_be_dealt_are_one_line(folds, line):
    with pytest.raises(SettingsError) as stopped:
        merged(folds=folds)
    assert str(stopped.value) == line


def test_what_is_said_of_one_label_leaves_the_others_as_they_are():
    given = {"train": "a.txt", "test": "b.txt"}
    settings = merged(folds={"given": given, "labels": {"sex": {"scheme": "hold_out", "hold_out": 30, "seed": 0}}})
    own, others = asked_of_folds(settings, "sex"), asked_of_folds(settings, "age")
    assert (own["scheme"], own["hold_out"], own["seed"], own["given"]) == ("hold_out", 30, 0, None)
    assert others["given"]["train"] == "a.txt" and others["scheme"] == "kfold"
    assert "labels" not in own and "labels" not in others
