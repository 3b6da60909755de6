import pytest

from voxplain.errors import SettingsError
from voxplain.settings.merging import merged_settings

KNOWN = ["mrinet"], ["gradient"]
THREE = {"classes": {"CN": 0, "MCI": 1, "AD": 2}, "column": "Group"}
ATLAS = {"name": "aal", "image": "aal.nii.gz", "labels": "aal.tsv"}
REAL = {"source": "hcp", "archives": "a", "table": "t.csv"}


METHODS = {"methods": [{"name": "map", "method": "gradient", "target": 1}]}


def merged(**user):
    return merged_settings(METHODS | user, *KNOWN)


def test_a_group_is_of_a_class_that_some_label_has():
    groups = ["all", "class2correct", "predicted2", "wrong"]
    found = merged(cohort={"labels": {"dx": THREE}}, relevance={"groups": groups})
    assert found["relevance"]["groups"] == groups
    with pytest.raises(SettingsError, match="has class2wrong, but no label has more than 2 classes"):
        merged(relevance={"groups": ["class2wrong"]})


@pytest.mark.parametrize("group", ["class1tp", "predicted", "Sex", "allcorrect", "predicted1correct"])
def test_a_group_of_another_name_is_told_the_names(group):
    with pytest.raises(SettingsError, match=f"has '{group}'; use all, correct, wrong, class<number>"):
        merged(relevance={"groups": [group]})


def test_hits_and_misses_are_of_two_classes():
    assert merged(relevance={"groups": ["tp", "tn", "fp", "fn"]})
    with pytest.raises(SettingsError, match="has fp, but no label has two classes"):
        merged(cohort={"labels": {"dx": THREE}}, relevance={"groups": ["fp"]})


def test_a_contrast_needs_maps_that_answer_one_question():
    contrasts = {"contrasts": {"age": {"tested": "Age"}}}
    assert merged(relevance=contrasts)["relevance"]["contrasts"] == contrasts["contrasts"]
    with pytest.raises(SettingsError, match="but every method explains whatever class is predicted"):
        merged(relevance=contrasts, methods=[{"name": "map", "method": "gradient"}])


def test_a_column_is_one_that_is_carried_along():
    asked = {"by": {"Age": None, "split": None, "Gender": None, "snr_affine": None}, "contrasts": {}}
    asked["contrasts"]["size"] = {"tested": "label_sex", "covariates": ["brain_volume_ml", "Age"]}
    assert merged(cohort={"covariates": ["Age"]}, relevance=asked)["relevance"]["by"] == asked["by"]
    with pytest.raises(SettingsError, match="relevance.by. names Age, which is not carried along; add it to"):
        merged(cohort={"covariates": []}, relevance={"by": {"Age": None}})
    with pytest.raises(SettingsError, match="relevance.contrasts.size.covariates. names Age"):
        merged(cohort={"covariates": []}, relevance={"contrasts": asked["contrasts"]})


def test_a_made_study_keeps_the_name_of_its_own_atlas():
    with pytest.raises(SettingsError, match='has one called "made"'):
        merged(template={"atlases": [ATLAS | {"name": "made"}]})
    assert merged(cohort=REAL, template={"atlases": [ATLAS | {"name": "made"}]})


def test_kinds_of_subjects_are_looked_for_in_regions():
    assert merged(relevance={"subtypes": 4})["relevance"]["subtypes"] == 4
    assert merged(cohort=REAL, template={"atlases": [ATLAS]}, relevance={"subtypes": 4})
    with pytest.raises(SettingsError, match="template.atlases is empty"):
        merged(cohort=REAL, relevance={"subtypes": 4})
    with pytest.raises(SettingsError, match="is 1, which is no division"):
        merged(relevance={"subtypes": 1})


@pytest.mark.parametrize(
    ("relevance", "told"),
    [
        ({"by": {"Age": ["old"]}}, "relevance.by.Age"),
        ({"top": 0}, "relevance.top"),
        ({"agreement": ["cosine"]}, "relevance.agreement"),
        ({"statistics": {"test": "t"}}, "one of cluster_size"),
        ({"contrasts": {"age": {}}}, "relevance.contrasts.age.tested"),
        ({"outside": {"v b m": "x.nii.gz"}}, "outside"),
    ],
)
def test_a_setting_of_another_kind_is_named(relevance, told):
    with pytest.raises(SettingsError, match=told):
        merged(relevance=relevance)
