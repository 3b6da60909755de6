import numpy as np
import pandas as pd
import pytest

from scripts.score_concepts import score_concepts
from tests.scripts.asked_study import REGIONS, asked_study

ASKED = {"features": ["regions", "covariates", "volume_ml"], "layer": None, "kind": "pattern", "draws": 19}
ASKED |= {"within_classes": True, "pooled": False, "seed": 1}


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return asked_study(tmp_path_factory.mktemp("concepts"))


def asked(study, label="Gender", **options):
    how = {"experiment": study.experiment, "asked": ASKED | options, "covariates": ["Gender", "Age"]}
    return score_concepts(*study.files, study.scans, label=label, atlas=study.atlas, **how)


@pytest.fixture(scope="module")
def found(study):
    return asked(study)


def test_every_region_and_column_is_a_concept_of_every_held_out_scan(study, found):
    tables, told = found
    assert set(tables["concepts"]["concept"]) == {*REGIONS.values(), "Age", "volume_ml"}
    assert told == {"left_out": {"Gender": "what the label is made from"}, "refused": {}}
    assert (tables["concepts"]["n"] == 20).all() and (tables["concepts"]["splits"] == 2).all()
    for place, held_out in enumerate(study.held_out):
        rows = tables["scans"][tables["scans"]["split"] == f"r1f{place + 1}"]
        assert all(part["scan"].tolist() == held_out for _, part in rows.groupby("concept"))
    means = tables["scans"].groupby("concept")["effect"].mean()
    assert np.allclose(tables["concepts"].set_index("concept")["effect"], means[tables["concepts"]["concept"]])


def test_a_label_of_another_experiment_is_a_concept_across_classes(study):
    tables, told = asked(study, label="Age", within_classes=False, features=["covariates"])
    assert tables["concepts"]["concept"].tolist() == ["Gender: M"]
    assert told["left_out"] == {"Age": "what the label is made from"}


def test_each_of_three_classes_is_asked_about_and_all_are_corrected_together(tmp_path):
    study = asked_study(tmp_path, 18, classes=("a", "b", "c"))
    tables, _ = asked(study, features=["volume_ml"], label="Group")
    assert tables["concepts"]["target"].tolist() == [0, 1, 2]
    known = tables["concepts"]["p"].dropna()
    assert (tables["concepts"]["holm"].dropna() >= known).all()


def test_a_layer_that_there_is_not_stops_the_run_and_too_few_scans_are_a_sentence(study, tmp_path):
    with pytest.raises(Exception, match="relu99"):
        asked(study, layer="relu99")
    tables, told = asked(asked_study(tmp_path, 8), features=["volume_ml"])
    assert "known of 4 training scans; give 6 at least" in told["refused"]["r1f1_seed-1"]
    assert tables["concepts"].empty and tables["scans"].empty


def test_the_same_seed_gives_the_same_tables(study, found):
    again, _ = asked(study)
    pd.testing.assert_frame_equal(found[0]["concepts"], again["concepts"])
