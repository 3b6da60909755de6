import numpy as np
import pytest

from tests.library.baselines.test_paired import amounts, told
from voxplain.baselines.comparison import COLUMNS, model_table
from voxplain.baselines.out_of_fold import no_predictions
from voxplain.baselines.paired import paired_differences
from voxplain.baselines.written import Baseline, read_baseline, write_baseline
from voxplain.errors import InputError
from voxplain.training.scores import score_predictions


def baseline(name, predictions, kind="confound", note=""):
    return Baseline(name, kind, f"the {name}", predictions, note)


@pytest.fixture(scope="module")
def table():
    models = [
        baseline("size", told(right=0.55, seed=5)),
        baseline("svc_rbf", told(right=1.0, seed=6), "voxels"),
        baseline("site", no_predictions(2), note="no column says the site"),
    ]
    return model_table(told(right=0.8), models, bootstrap=60, seed=3)


def test_every_model_has_a_row_for_each_measure_from_the_best_to_the_worst(table):
    assert table.columns.tolist() == COLUMNS
    assert list(dict.fromkeys(table["measure"])) == ["balanced_accuracy", "roc_auc", "accuracy"]
    for _, rows in table.groupby("measure"):
        assert rows["model"].tolist() == ["svc_rbf", "network", "size", "site"]
        assert rows["best"].tolist() == ["yes", "no", "no", "no"]
        assert rows["value"].iloc[:3].is_monotonic_decreasing and np.isnan(rows["value"].iloc[3])


def test_values_and_intervals_are_those_of_the_table_of_scores(table):
    expected = score_predictions(told(right=0.8), "network", 60, 3).query("split == 'all'").set_index("measure")
    for row in table[table["model"] == "network"].itertuples():
        score = expected.loc[row.measure]
        assert (row.value, row.low, row.high) == pytest.approx((score["value"], score["low"], score["high"]))
        assert row.n == 48


def test_each_model_stands_beside_the_network_and_beside_the_best(table):
    rows = table[table["measure"] == "balanced_accuracy"].set_index("model")
    assert rows["network_better"].to_dict() == {
        "svc_rbf": "no", "network": pytest.approx(np.nan, nan_ok=True), "size": "yes", "site": "undefined",
    }  # fmt: skip
    models = {"network": told(right=0.8), "size": told(right=0.55, seed=5), "svc_rbf": told(right=1.0, seed=6)}
    for name in ("size", "network"):
        beside = paired_differences(models["svc_rbf"], models[name], ["balanced_accuracy"], 60, 3)[0][
            "balanced_accuracy"
        ]
        shown = rows.loc[name, ["best_minus", "best_minus_low", "best_minus_high"]].tolist()
        assert shown == pytest.approx([beside.value, beside.low, beside.high])
    assert np.isnan(rows.loc["svc_rbf", "best_minus"]) and rows.loc["site", "note"] == "no column says the site"


def test_where_the_network_is_best_both_differences_are_the_same():
    table = model_table(told(right=0.95), [baseline("size", told(right=0.55, seed=5))], bootstrap=60)
    row = table.query("model == 'size' and measure == 'roc_auc'").iloc[0]
    assert row["best_minus"] == row["network_minus"] and row["best_minus_low"] == row["network_minus_low"]


def test_amounts_are_sorted_by_r2_and_by_the_smaller_error():
    models = [baseline("age", amounts(error=1, seed=3)), baseline("size", amounts(error=9, seed=4))]
    table = model_table(amounts(error=4, seed=2), models, bootstrap=60)
    for measure in ("r2", "mae", "rmse"):
        rows = table[table["measure"] == measure]
        assert rows["model"].tolist() == ["age", "network", "size"]
        assert rows.set_index("model")["network_better"].drop("network").to_dict() == {"age": "no", "size": "yes"}


def test_a_network_that_predicted_nothing_leaves_a_table_of_baselines():
    table = model_table(told().iloc[:0], [baseline("size", told(right=0.9, seed=5))], bootstrap=20)
    assert table.query("model == 'network'")["value"].isna().all()
    assert (table.query("model == 'size'")["network_better"] == "undefined").all()
    assert (table.query("model == 'size'")["best"] == "yes").all()


def test_a_baseline_comes_back_from_its_files_as_it_was_and_not_from_those_of_another(tmp_path):
    rows = told().assign(scan=lambda rows: "00" + rows["scan"].str[4:])
    for name in ("site", "age"):
        write_baseline(baseline(name, rows, note="7 are left out"), tmp_path / f"{name}.tsv", tmp_path / f"{name}.json")
    found = read_baseline(tmp_path / "site.tsv", tmp_path / "site.json")
    assert found.predictions["scan"].tolist() == rows["scan"].tolist() and found.note == "7 are left out"
    np.testing.assert_allclose(found.predictions["probability_1"], rows["probability_1"])
    with pytest.raises(InputError, match="not the card of site.tsv; fit this baseline again"):
        read_baseline(tmp_path / "site.tsv", tmp_path / "age.json")
