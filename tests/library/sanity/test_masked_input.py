import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.metrics import balanced_accuracy_score, r2_score, roc_auc_score
from torch import nn

from voxplain.sanity.masked_input import masked_logits, masked_predictions, masked_table
from voxplain.store import Volumes, write_store

SHAPE = (5, 7, 6)


class Corner(nn.Module):
    """Logits 0 and the sum over the first two planes, and what it is told beside the volume."""

    def forward(self, volumes, told=None):
        total = volumes[:, 0, :2].sum((1, 2, 3))
        total = total if told is None else total + told[:, 0]
        return torch.stack([torch.zeros_like(total), total], 1)


@pytest.fixture
def volumes(tmp_path):
    generator = np.random.default_rng(4)
    made = [(f"sub-{one}", f"sub-{one}", generator.random(SHAPE), np.ones(SHAPE)) for one in range(11)]
    write_store(tmp_path / "store.h5", made, np.eye(4), "mni152", {})
    return Volumes(tmp_path / "store.h5")


def test_each_volume_is_the_scan_inside_the_mask_and_the_fill_outside(volumes):
    generator = np.random.default_rng(5)
    masks = {name: generator.random(SHAPE) > 0.5 for name in ("one", "other")}
    fill = torch.rand(1, *SHAPE)
    told = torch.arange(11.0)[:, None]
    found = masked_logits(Corner(), volumes, masks, fill, covariates=told, batch=4)
    for name, mask in masks.items():
        for place, volume in enumerate(volumes):
            shown = np.where(mask, volume[0].numpy(), fill[0].numpy())
            assert float(found[name][place, 1]) == pytest.approx(shown[:2].sum() + place, rel=1e-5)


def test_memory_that_holds_fewer_volumes_changes_no_answer(volumes, caplog):
    class Small(Corner):
        def forward(self, volumes, told=None):
            if len(volumes) > 3:
                raise torch.OutOfMemoryError("CUDA out of memory")
            return super().forward(volumes, told)

    masks, told = {"half": np.arange(SHAPE[2]) % 2 * np.ones(SHAPE) > 0}, torch.arange(11.0)[:, None]
    whole, parts = (
        masked_logits(network, volumes, masks, torch.zeros(1, *SHAPE), covariates=told)["half"]
        for network in (Corner(), Small())
    )
    assert torch.allclose(whole, parts) and "out of memory with 8 passes at once; going on with 4" in caplog.text


def test_everything_shown_is_the_scan_and_nothing_shown_the_fill(volumes):
    masks = {"everything": np.ones(SHAPE, bool), "nothing": np.zeros(SHAPE, bool)}
    found = masked_logits(Corner(), volumes, masks, torch.full((1, *SHAPE), 0.5))
    assert torch.allclose(found["everything"][:, 1].float(), torch.stack([one[0, :2].sum() for one in volumes]))
    assert torch.allclose(found["nothing"][:, 1], torch.full((11,), 0.5 * 2 * 7 * 6).double())


def made_predictions(seed, signal, n=40):
    generator = np.random.default_rng(seed)
    table = pd.DataFrame({"scan": [f"sub-{one}" for one in range(n)], "label": np.arange(n) % 2})
    table = table.assign(
        subject=table["scan"], group=table["scan"], split=np.where(np.arange(n) < n / 2, "r1f1", "r1f2")
    )
    odds = signal * (2 * table["label"] - 1) + generator.normal(size=n)
    probability = 1 / (1 + np.exp(-odds))
    told = {"predicted": (odds > 0).astype(int), "probability_0": 1 - probability, "probability_1": probability}
    return table.assign(seed=1, **told)


def test_scores_of_a_split_are_scikit_learns_and_those_of_all_their_mean():
    predictions = {("joint", 0.2): made_predictions(1, 1.0), ("random1", 0.2): made_predictions(2, 0.2)}
    table = masked_table(predictions, 50, 1).set_index(["mask", "split"])
    values = []
    for split, rows in predictions["joint", 0.2].groupby("split"):
        auc = roc_auc_score(rows["label"], rows["probability_1"])
        right = balanced_accuracy_score(rows["label"], rows["predicted"])
        assert table.loc[("joint", split), "roc_auc"] == pytest.approx(auc)
        assert table.loc[("joint", split), "balanced_accuracy"] == pytest.approx(right)
        assert table.loc[("joint", split), "n"] == 20
        values.append(auc)
    assert table.loc[("joint", "all"), "roc_auc"] == pytest.approx(np.mean(values))
    assert table.loc[("joint", "all"), "n"] == 40
    assert not {"roc_auc", "balanced_accuracy"} & set(table.select_dtypes("object")), "numbers that can be rounded"


def test_the_random_masks_of_a_share_count_as_one_and_differences_are_to_their_mean():
    predictions = {("joint", 0.2): made_predictions(1, 2.0)}
    predictions |= {(f"random{one}", 0.2): made_predictions(one + 1, 0.0) for one in (1, 2, 3)}
    predictions |= {("joint", 0.5): made_predictions(1, 2.0)}
    table = masked_table(predictions, 200, 1)
    whole = table[table["split"] == "all"].set_index(["mask", "share"])
    assert list(whole.index) == [("joint", 0.2), ("random", 0.2), ("joint", 0.5)]
    row = whole.loc[("joint", 0.2)]
    assert row["roc_auc_difference"] == pytest.approx(row["roc_auc"] - whole.loc[("random", 0.2), "roc_auc"])
    assert 0 < row["roc_auc_difference_low"] < row["roc_auc_difference"] < row["roc_auc_difference_high"]
    assert np.isnan(whole.loc[("joint", 0.5), "roc_auc_difference"]), "no random mask of that size"
    assert np.isnan(whole.loc[("random", 0.2), "roc_auc_difference"])


def test_a_mask_that_tells_what_random_ones_tell_has_an_interval_about_zero():
    predictions = {("joint", 0.2): made_predictions(1, 0.0), ("random1", 0.2): made_predictions(2, 0.0)}
    row = masked_table(predictions, 200, 1).query("split == 'all' and mask == 'joint'").iloc[0]
    assert row["balanced_accuracy_difference_low"] < 0 < row["balanced_accuracy_difference_high"]


def test_amounts_are_scored_by_r2():
    table = made_predictions(1, 0.0)[["scan", "subject", "group", "split", "seed"]]
    label = np.linspace(20, 60, 40)
    table = table.assign(label=label, predicted=label + np.random.default_rng(1).normal(0, 5, 40))
    found = masked_table({("joint", 0.2): table}, 50, 1).set_index("split")
    rows = table[table["split"] == "r1f2"]
    assert found.loc["r1f2", "r2"] == pytest.approx(r2_score(rows["label"], rows["predicted"]))
    assert "roc_auc" not in found


def test_a_split_with_one_class_has_no_score_and_the_mean_is_of_the_others():
    table = made_predictions(1, 1.0)
    table.loc[table["split"] == "r1f1", "label"] = 1
    found = masked_table({("joint", 0.2): table}, 50, 1).set_index("split")["roc_auc"]
    assert np.isnan(found["r1f1"]) and found["all"] == found["r1f2"]


def test_nothing_shown_is_a_table_without_rows():
    table = masked_table({}, 50, 1)
    assert table.empty and list(table)[:4] == ["split", "mask", "share", "n"]


def test_predictions_are_the_networks_by_the_labels_of_its_folds(volumes):
    rows = pd.DataFrame({"scan": volumes.scans[::-1], "label": np.arange(11)[::-1] % 2})
    card = {"split": "r1f1", "seed": 1, "task": "binary", "classes": ["F", "M"]}
    found = masked_predictions(volumes, rows, torch.zeros(11, 2), card)
    assert found["label"].tolist() == (np.arange(11) % 2).tolist() and (found["probability_1"] == 0.5).all()
    amount = {"split": "r1f1", "seed": 1, "task": "regression", "target": {"mean": 40, "sd": 10}}
    found = masked_predictions(volumes, rows, torch.full((11, 1), 0.5), amount)
    assert (found["predicted"] == 45).all() and "probability_0" not in found
