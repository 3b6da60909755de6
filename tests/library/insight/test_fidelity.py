import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.metrics import r2_score, roc_auc_score
from torch import nn

from tests.library.insight.made_regions import LABELS, NAMES, OfRegions, made_volumes
from voxplain.errors import InputError, UnsupportedModel
from voxplain.insight.fidelity import COLUMNS, fidelity_table, split_surrogates
from voxplain.insight.region_means import region_means
from voxplain.store import Volumes

TWO = [[0, 0, 0, 0, 0], [1.5, 0, -2, 0, 0.5]]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    volumes = made_volumes(tmp_path_factory.mktemp("made") / "store.h5")
    parts = [Volumes(volumes.path, volumes.scans[:30]), Volumes(volumes.path, volumes.scans[30:])]
    return *parts, region_means(volumes, LABELS, NAMES)


def value(table, kind, measure, output=0, column="value", split="all"):
    chosen = table[(table["surrogate"] == kind) & (table["measure"] == measure) & (table["split"] == split)]
    return chosen[chosen["output"] == output][column].item()


def test_of_a_linear_network_the_line_says_all_and_the_constant_nothing(made):
    fitted, told = split_surrogates(OfRegions(TWO), *made, "r1f1")
    table = fidelity_table(told, 200)
    assert value(table, "linear", "r2") == pytest.approx(1, abs=1e-5)
    assert value(table, "linear", "agreement", "") == 1 and value(table, "linear", "roc_auc", "") == 1
    assert value(table, "logistic", "agreement", "") >= 0.9
    assert value(table, "constant", "r2") <= 0 and value(table, "constant", "roc_auc", "") == 0.5
    assert value(table, "linear", "r2", column="better") == "yes"
    expected = value(table, "linear", "r2") - value(table, "constant", "r2")
    assert value(table, "linear", "r2", column="over_constant") == pytest.approx(expected)
    spread = made[2].loc[made[0].scans].std(ddof=0)
    weights = fitted["linear"].terms.set_index("feature")["weight"]
    assert weights["two"] == pytest.approx(-2 * spread["two"], rel=1e-3)
    assert set(weights.index) == {"intercept", "left one", "two", "four"}


def test_a_network_of_amounts_has_no_logistic_surrogate_and_a_line_says_all(made):
    fitted, told = split_surrogates(OfRegions([[1, 0, 0, 0.5, 0]]), *made, "r1f1")
    assert set(fitted) == {"linear", "tree"}
    table = fidelity_table(told, 50)
    assert value(table, "linear", "r2") == pytest.approx(1, abs=1e-5)
    assert set(table["measure"]) == {"r2"} and list(table) == COLUMNS


def test_of_three_classes_every_logit_is_foretold(made):
    network = OfRegions([[1, 0, 0, 0, 0], [0, 1, 0, 0, 0], [0, 0, 0, 0, 1.0]])
    _, told = split_surrogates(network, *made, "r1f1", kinds=["linear"])
    table = fidelity_table(told, 50)
    assert [value(table, "linear", "r2", place) for place in range(3)] == pytest.approx([1, 1, 1], abs=1e-5)
    assert value(table, "linear", "agreement", "") == 1


def test_where_the_network_is_no_line_fidelity_on_held_out_scans_is_scikit_learns(made):
    _, told = split_surrogates(OfRegions(TWO, bent=True), *made, "r1f1", kinds=["linear", "tree"])
    table = fidelity_table(told, 50)
    for kind in ("linear", "tree"):
        rows = told[told["surrogate"] == kind]
        assert list(rows["scan"]) == made[1].scans
        assert value(table, kind, "r2") == pytest.approx(r2_score(rows["answer_0"], rows["told_0"]))
        same = ((rows["answer_0"] > 0) == (rows["told_0"] > 0)).mean()
        assert value(table, kind, "agreement", "") == pytest.approx(same)
        assert value(table, kind, "roc_auc", "") == pytest.approx(roc_auc_score(rows["answer_0"] > 0, rows["told_0"]))
    assert value(table, "linear", "r2") < 0.7


def test_held_out_scans_change_nothing_that_is_fitted(made):
    training, held_out, features = made
    moved = features.copy()
    moved.loc[held_out.scans] += 100
    fitted = [split_surrogates(OfRegions(TWO), training, held_out, one, "r1f1")[0] for one in (features, moved)]
    for kind in ("linear", "logistic", "tree"):
        assert fitted[0][kind].terms.equals(fitted[1][kind].terms) and fitted[0][kind].text == fitted[1][kind].text


def test_scans_without_features_are_left_out_and_the_network_is_told_the_covariates_of_its_own(made):
    training, held_out, features = made
    beside = [torch.randn(len(one), 1) for one in (training, held_out)]
    known = features.drop(index=[training.scans[3], held_out.scans[2]])
    one = OfRegions([[1.0, 0, 0, 0, 0]])
    _, told = split_surrogates(one, training, held_out, known, "r1f1", kinds=["tree"], covariates=beside)
    rows = told[told["surrogate"] == "tree"].set_index("scan")["answer_0"]
    assert held_out.scans[2] not in rows and len(rows) == len(held_out) - 1
    left = held_out.scans[5]
    expected = features.loc[left, "left one"] + 0.25 + beside[1][5].item()
    assert rows[left] == pytest.approx(expected, abs=1e-4)


def test_two_splits_are_scored_each_and_averaged(made):
    training, held_out, features = made
    one = split_surrogates(OfRegions(TWO, bent=True), training, held_out, features, "r1f1", kinds=["tree"])[1]
    two = split_surrogates(OfRegions(TWO), held_out, training, features, "r1f2", kinds=["tree"])[1]
    table = fidelity_table(pd.concat([one, two]), 50)
    values = [value(table, "tree", "r2", split=split) for split in ("r1f1", "r1f2")]
    assert value(table, "tree", "r2") == pytest.approx(np.mean(values))


def test_a_network_that_answers_the_same_to_everybody_reads_undefined(made):
    _, told = split_surrogates(OfRegions([[0.0] * 5] * 2), *made, "r1f1", kinds=["linear", "tree"])
    table = fidelity_table(told, 50)
    row = table[(table["measure"] == "r2") & (table["surrogate"] == "linear") & (table["split"] == "r1f1")]
    assert np.isnan(row["value"].item()) and row["reason"].item() == "the network's answer is the same in all scans"


def test_a_network_that_gives_no_row_a_scan_is_refused(made):
    class Odd(nn.Module):
        def forward(self, volumes):
            return volumes

    with pytest.raises(UnsupportedModel, match="Odd gives shape .* wrap it to return"):
        split_surrogates(Odd(), *made, "r1f1")
    with pytest.raises(InputError, match="no training scan has a row of features"):
        split_surrogates(OfRegions(TWO), Volumes(made[0].path, []), made[1], made[2], "r1f1")


def test_a_split_that_holds_nobody_out_leaves_its_surrogates_and_no_row(made):
    fitted, told = split_surrogates(OfRegions(TWO), made[0], Volumes(made[0].path, []), made[2], "r1f1", kinds=["tree"])
    assert set(fitted) == {"tree"} and told.empty
    table = fidelity_table(told)
    assert table.empty and list(table) == COLUMNS


def test_the_same_seed_gives_the_same_numbers(made):
    first, second = (split_surrogates(OfRegions(TWO, bent=True), *made, "r1f1", seed=4) for _ in range(2))
    assert first[1].equals(second[1])
    assert all(first[0][kind].terms.equals(second[0][kind].terms) for kind in first[0])
