"""A name in the settings becomes a folder or a file: none leads out of the study's."""

import pytest

from tests.library.merging import merged
from voxplain.errors import SettingsError

SEX = {"column": "Gender", "classes": {"M": 0, "F": 1}}
FEATURES = {"model": "logistic_regression", "features": ["covariates"]}
NAMED = {
    "study": lambda name: {"study": name},
    "inputs": lambda name: {"inputs": {name: {"strip": "ants"}}, "experiments": {"a": {"input": name}}},
    "experiments": lambda name: {"experiments": {name: {"input": "affine"}}},
    "methods": lambda name: {"methods": [{"name": name, "method": "gradient"}]},
    "cohort.labels": lambda name: {"cohort": {"labels": {name: SEX}}},
    "cohort.test_cohorts": lambda name: {"cohort": {"test_cohorts": {name: {"source": "bids", "archives": "x"}}}},
    "relevance.groups": lambda name: {"relevance": {"groups": [name]}},
    "relevance.contrasts": lambda name: {"relevance": {"contrasts": {name: {"tested": "Age"}}}},
    "baselines.tabular": lambda name: {"baselines": {"tabular": {name: FEATURES}}},
}


@pytest.mark.parametrize("name", ["../x", "a/b", "..", "x;id", "$(id)", "a b"])
@pytest.mark.parametrize("where", NAMED)
def test_a_name_that_is_more_than_letters_and_digits_is_refused(where, name):
    with pytest.raises(SettingsError) as stopped:
        merged(**NAMED[where](name))
    assert str(stopped.value).startswith(f'setting "{where}') and "\n" not in str(stopped.value)
