import pytest

from voxplain.errors import SettingsError
from voxplain.settings.merging import merged_settings
from voxplain.settings.other_cohorts import cohort_settings

OTHER = {"source": "hcp", "archives": "there", "table": "there.csv"}


def merged(cohorts, **user):
    methods = ["gradient", "guided_backprop", "grad_cam", "occlusion"]
    return merged_settings({"cohort": {"test_cohorts": cohorts}} | user, ["mrinet"], methods)


def test_a_study_has_no_further_cohort_unless_it_names_one():
    assert merged({})["cohort"]["test_cohorts"] == {}


def test_what_a_cohort_does_not_say_is_as_in_the_study():
    settings = merged({"later": OTHER | {"visits": {"judge": "baseline"}, "form": "sform"}})
    found = cohort_settings(settings, "later")["cohort"]
    differs = {key for key in found if found[key] != settings["cohort"][key]}
    assert differs == {"source", "archives", "table", "visits", "form", "test_cohorts"}
    assert found["visits"] == {"train": "all", "judge": "baseline"} and found["labels"] == settings["cohort"]["labels"]


def test_a_cohort_is_neither_dealt_nor_matched():
    folds = {"match": {"Age": 2}, "stratify_by": ["Age"], "scheme": "leave_one_out"}
    found = cohort_settings(merged({"later": OTHER}, folds=folds), "later")["folds"]
    assert (found["match"], found["stratify_by"], found["scheme"], found["given"]) == ({}, [], "kfold", None)


@pytest.mark.parametrize(
    ("cohort", "line"),
    [
        ({}, 'setting "cohort.test_cohorts.x" is empty, which is the study itself; say where its scans are'),
        ({"archives": "there"}, 'setting "cohort.test_cohorts.x.source" is missing'),
        ({"source": "hcp"}, 'setting "cohort.test_cohorts.x.archives" is empty; cohort.source hcp needs its path'),
        ({"sorce": "hcp"}, 'unknown setting "cohort.test_cohorts.x.sorce"; did you mean "source"?'),
        (OTHER | {"source": "adni"}, "of cohort.test_cohorts.x source adni has none; use ants"),
        (OTHER | {"labels": {"sx": None}}, 'which is no label of the study; did you mean "sex"?'),
        (OTHER | {"labels": {"sex": None}}, "leaves no label that an experiment tells"),
        (OTHER | {"ratings": "seen.tsv"}, 'unknown setting "cohort.test_cohorts.x.ratings"'),
    ],
)
def test_a_setting_of_a_cohort_that_cannot_be_is_told_in_one_line(cohort, line):
    with pytest.raises(SettingsError) as raised:
        merged({"x": cohort})
    assert line in str(raised.value) and "\n" not in str(raised.value)


def test_a_name_that_cannot_stand_in_a_scans_name_is_refused():
    with pytest.raises(SettingsError, match="has the name 'a_b'; use letters and digits only"):
        merged({"a_b": OTHER})
