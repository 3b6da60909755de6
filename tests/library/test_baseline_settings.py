import pytest

from tests.library.merging import merged
from voxplain.errors import SettingsError
from voxplain.settings.baselines import CONFOUNDS, VOXELS, baseline_names
from voxplain.settings.known import settings_schema


def test_every_confound_is_on_by_default_and_voxels_are_not():
    asked = merged()["baselines"]
    assert baseline_names(asked, "confounds") == list(CONFOUNDS) and baseline_names(asked, "voxels") == []


def test_confounds_may_be_some_or_none():
    assert baseline_names(merged(baselines={"confounds": ["age", "site"]})["baselines"], "confounds") == ["age", "site"]
    assert baseline_names(merged(baselines={"confounds": False})["baselines"], "confounds") == []


def test_names_that_the_settings_know_are_those_of_the_library():
    known = settings_schema()["properties"]["baselines"]["properties"]
    (_, some) = known["confounds"]["oneOf"]
    assert tuple(some["items"]["enum"]) == CONFOUNDS and tuple(known["voxels"]["items"]["enum"]) == VOXELS


@pytest.mark.parametrize(
    ("asked", "line"),
    [
        ({"voxels": ["svm"]}, "setting \"baselines.voxels.0\" is 'svm', but should be one of svc_rbf, svc_linear"),
        ({"kernels": {"c": [0]}}, 'setting "baselines.kernels.c.0" is 0, but should be'),
        ({"kernels": {"neighbour": [3]}}, 'unknown setting "baselines.kernels.neighbour"; did you mean "neighbours"?'),
        ({"columns": {"height": "Height"}}, 'unknown setting "baselines.columns.height"'),
        ({"bootstrap": 1}, 'setting "baselines.bootstrap" is 1, but should be at least 10'),
        (
            {"tabular": {"size": {"model": "knn", "features": ["Age"]}}},
            'setting "baselines.tabular.size" is called like another model; rename it',
        ),
    ],
)
def test_a_baseline_that_does_not_exist_or_fit_is_one_line(asked, line):
    with pytest.raises(SettingsError) as stopped:
        merged(baselines=asked)
    assert str(stopped.value).startswith(line) and "\n" not in str(stopped.value)
