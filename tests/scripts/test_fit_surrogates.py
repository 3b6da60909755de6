import numpy as np
import pandas as pd
import pytest

from scripts.fit_surrogates import fit_surrogates
from tests.scripts.asked_study import REGIONS, asked_study
from voxplain.errors import SettingsError
from voxplain.store import Volumes
from voxplain.training.predictions import predicted_logits
from voxplain.training.trained import read_trained

ASKED = {"features": ["regions", "covariates", "volume_ml"], "kinds": ["linear", "logistic", "tree"]}
ASKED |= {"rule": "one_se", "max_depth": 2, "bootstrap": 20, "seed": 1}
COVARIATES = ["Gender", "Age", "same", "missing"]


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return asked_study(tmp_path_factory.mktemp("surrogates"))


def fitted(study, atlas=True, files=None, **asked):
    how = {"experiment": study.experiment, "asked": ASKED | asked, "label": "Gender", "covariates": COVARIATES}
    return fit_surrogates(*(files or study.files), study.scans, atlas=study.atlas if atlas else None, **how)


@pytest.fixture(scope="module")
def found(study):
    return fitted(study)


def test_every_network_is_held_against_its_own_answers_to_scans_that_it_did_not_learn_from(study, found):
    answers = found[0]["answers"]
    for place, (weights, card) in enumerate(zip(*study.files[2:], strict=True)):
        rows = answers[answers["split"] == f"r1f{place + 1}"]
        assert all(part["scan"].tolist() == study.held_out[place] for _, part in rows.groupby("surrogate"))
        logits = predicted_logits(
            read_trained(weights, card)[0], Volumes(study.files[0], study.held_out[place])
        ).numpy()
        own = rows[rows["surrogate"] == "tree"]["answer_0"]
        assert np.allclose(own, logits[:, 1] - logits[:, 0], atol=1e-5)
    assert set(answers["surrogate"]) == {"linear", "logistic", "tree", "constant"}
    fidelity = found[0]["fidelity"]
    assert set(fidelity["split"]) == {"r1f1", "r1f2", "all"} and set(fidelity["measure"]) == {
        "r2",
        "agreement",
        "roc_auc",
    }


def test_features_are_regions_and_columns_but_not_the_label_or_what_says_nothing(found):
    tables, told = found
    assert told["left_out"] == {"Gender": "what the label is made from", "same": "the same in every scan"}
    assert set(tables["terms"]["feature"]) <= {*REGIONS.values(), "Age", "volume_ml", "intercept"}
    assert not told["refused"] and {one["surrogate"] for one in told["models"]} == set(ASKED["kinds"])


def test_a_range_is_its_middle_and_an_open_one_its_limit(study):
    tables, _ = fitted(study, features=["Age"], kinds=["tree"])
    assert set(tables["terms"]["feature"]) <= {"Age"}
    _, told = fitted(study, features=["Age", "regions"], atlas=False, kinds=["tree"])
    assert "a space of its own" in told["left_out"]["regions"]


def test_a_network_that_nothing_is_known_of_is_named_and_the_study_goes_on(study):
    tables, told = fitted(study, features=["Gender"])
    assert set(told["refused"]) == {"r1f1_seed-1", "r1f2_seed-1"} and not told["models"]
    assert "no feature varies" in told["refused"]["r1f1_seed-1"]
    assert tables["fidelity"].empty and tables["terms"].empty and tables["answers"].empty


def test_a_column_that_there_is_not_and_an_id_stop_the_run_with_a_line(study):
    with pytest.raises(SettingsError, match='"insight.surrogates.features" has "weight", which is no column'):
        fitted(study, features=["weight"])
    with pytest.raises(SettingsError, match="SubjectID, which can never be a feature: an id"):
        fitted(study, features=["SubjectID"])


def test_of_an_amount_there_is_no_logistic_model(tmp_path):
    study = asked_study(tmp_path, 12, classes=())
    tables, told = fitted(study, features=["regions"])
    assert {one["surrogate"] for one in told["models"]} == {"linear", "tree"}
    assert set(tables["fidelity"]["measure"]) == {"r2"}


def test_the_same_seed_gives_the_same_trees(study, found):
    again, _ = fitted(study, kinds=["tree"])
    trees = found[0]["terms"].query("surrogate == 'tree'").reset_index(drop=True)
    pd.testing.assert_frame_equal(again["terms"], trees)
