import pytest

from voxplain.errors import SettingsError
from voxplain.settings.merging import merged_settings

KNOWN = ["mrinet", "s500_cnn"], ["gradient"]
THREE = {"classes": {"CN": 0, "MCI": 1, "AD": 2}, "column": "Group"}
RIGID = {"own": {"transform": "rigid", "strip": "archive"}}


def merged(experiment, **others):
    user = {"experiments": {"mine": {"input": "own"} | experiment}, "inputs": RIGID}
    return merged_settings(user | {"methods": [{"name": "map", "method": "gradient"}]} | others, *KNOWN)


def test_optimal_scaling_goes_with_an_input_that_keeps_sizes():
    found = merged({"augmentation": {"optimal_scaling": True}})
    assert found["experiments"]["mine"]["augmentation"] == {"optimal_scaling": True}
    assert found["experiments"]["mine"]["covariates"] == {}


@pytest.mark.parametrize(
    ("own", "told"),
    [
        ({"transform": "affine"}, "keeps the sizes of brains, but own has transform affine; use rigid or none"),
        ({"transform": "rigid", "strip": "none"}, "needs the brain mask of every scan, but own has strip none"),
    ],
)
def test_optimal_scaling_of_another_input_is_refused(own, told):
    with pytest.raises(SettingsError, match=told):
        merged({"augmentation": {"optimal_scaling": True}}, inputs={"own": own})


def test_optimal_scaling_needs_two_classes():
    cohort = {"labels": {"dx": THREE}}
    with pytest.raises(SettingsError, match="needs two classes, but label dx has not"):
        merged({"augmentation": {"optimal_scaling": True}}, cohort=cohort)


def test_axes_without_a_probability_of_a_flip_are_refused():
    with pytest.raises(SettingsError, match="flip_axes.* needs flip"):
        merged({"augmentation": {"flip_axes": ["back_front"]}})


def test_a_covariate_is_one_of_the_columns_carried_along():
    told = {"covariates": {"Age": "number"}, "network": {"name": "s500_cnn"}}
    assert merged(told)["experiments"]["mine"]["covariates"] == {"Age": "number"}
    with pytest.raises(SettingsError, match="names Age, which is not carried along; add it to cohort.covariates"):
        merged(told, cohort={"covariates": ["Weight"]})


def test_a_target_is_a_class_that_every_label_has():
    methods = [{"name": "map", "method": "gradient", "target": 2}]
    assert merged({}, cohort={"labels": {"dx": THREE}}, methods=methods)["methods"][0]["target"] == 2
    with pytest.raises(SettingsError, match='target of "map" is 2, but label sex has classes 0 to 1'):
        merged({}, methods=methods)
    amounts = {"labels": {"age": {"column": "Age", "regression": True}}}
    assert merged({}, cohort=amounts, methods=methods)["methods"][0]["target"] == 2
