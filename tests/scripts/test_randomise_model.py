import numpy as np
import pandas as pd
import pytest

from scripts.randomise_model import randomise_model
from voxplain.sanity.cascade_table import with_undefined

ASKED = {"single": True, "beside": ["input", "edges"], "smoothed": None, "efficient": None}
SANITY = {"scans_per_split": 2, "draws": 3, "seed": 1, "randomisation": ASKED}


@pytest.fixture
def table(trained_study):
    study = trained_study
    return randomise_model(
        study.store,
        study.folds,
        study.weights,
        study.cards,
        experiment=study.experiment,
        method=study.gradient,
        sanity=SANITY,
    )


def test_every_step_of_every_draw_is_there_from_the_head_to_the_input(table):
    cascade = table[table["kind"] == "cascade"]
    for _, rows in cascade.groupby(["split", "scan", "draw"]):
        assert rows["step"].tolist() == [0, 1, 2, 3, 4]
        assert rows["layer"].tolist() == [
            "trained",
            "classifier.3",
            "features.conv3",
            "features.conv2",
            "features.conv1",
        ]
    assert cascade.groupby("split")["scan"].nunique().to_dict() == {"r1f1": 2, "r1f2": 2}
    assert cascade["draw"].unique().tolist() == [1, 2, 3]


def test_the_trained_network_is_fully_alike_itself_and_a_random_one_is_not(table):
    cascade = table[table["kind"] == "cascade"]
    start, end = (cascade[cascade["step"] == step] for step in (0, 4))
    assert np.allclose(start[["spearman", "spearman_abs", "ssim"]].astype(float), 1)
    assert (end["spearman"].abs() < 0.9).all()


def test_the_null_compares_each_pair_of_random_networks(table):
    null = table[table["kind"] == "unrelated"]
    assert len(null) == 2 * 2 * 3
    assert null.groupby(["split", "scan"])["draw"].unique().map(list).tolist() == [[1, 2, 3]] * 4


def test_only_the_first_seed_of_a_split_is_looked_at_and_an_empty_split_is_left_out(trained_study, table):
    study = trained_study
    alone = randomise_model(
        study.store,
        study.folds,
        study.weights[:3:2],
        study.cards[:3:2],
        experiment=study.experiment,
        method=study.gradient,
        sanity=SANITY,
    )
    pd.testing.assert_frame_equal(alone, table)


def test_a_similarity_that_is_not_a_number_is_written_as_undefined(table):
    table.loc[0, "ssim"] = np.nan
    written = with_undefined(table)
    assert written.loc[0, "ssim"] == "undefined"
    assert written.loc[1, "ssim"] == pytest.approx(table.loc[1, "ssim"], abs=1e-6)
    assert set(written.loc[(written["kind"] == "cascade") & (written["step"] == 0), "spearman"]) == {1.0}, (
        "without a rounding error"
    )
    assert written["step"].dtype == table["step"].dtype
