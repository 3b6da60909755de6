import math

import pytest

from voxplain.training.history import best_place, history_table, waited_enough

ROWS = [
    {"epoch": 1, "validation_loss": 0.7, "validation_balanced_accuracy": 0.5, "validation_roc_auc": 0.6},
    {"epoch": 2, "validation_loss": 0.4, "validation_balanced_accuracy": 0.8, "validation_roc_auc": 0.7},
    {"epoch": 3, "validation_loss": 0.3, "validation_balanced_accuracy": 0.8, "validation_roc_auc": math.nan},
    {"epoch": 4, "validation_loss": 0.5, "validation_balanced_accuracy": 0.6, "validation_roc_auc": 0.9},
]


@pytest.mark.parametrize(
    ("keep", "epoch"), [("loss", 3), ("balanced_accuracy", 3), ("roc_auc", 4), ("last", 4), ("r2", 4)]
)
def test_the_epoch_with_the_best_kept_score_is_kept(keep, epoch):
    assert ROWS[best_place(ROWS, keep)]["epoch"] == epoch
    table = history_table(ROWS, keep)
    assert table.loc[table["best"].eq(1), "epoch"].tolist() == [epoch]


def test_of_equal_epochs_the_first_is_kept():
    rows = [{"validation_loss": 0.4, "validation_roc_auc": 0.9}] * 3
    assert best_place(rows) == 0 and best_place(rows, "roc_auc") == 0


def test_waiting_begins_at_the_best_epoch_and_is_by_loss_where_the_last_is_kept():
    assert waited_enough(ROWS, 1) and not waited_enough(ROWS, 2)
    assert not waited_enough(ROWS, 1, "roc_auc")
    assert waited_enough(ROWS, 1, "last")
    assert not waited_enough(ROWS, None) and not waited_enough([], 1)


def test_an_epoch_that_equals_the_best_does_not_count_as_better():
    assert waited_enough([{"validation_loss": 0.4}] * 3, 2)


def test_columns_are_those_of_the_task():
    assert "validation_r2" in history_table([], task="regression")
    assert list(history_table([])) == list(history_table(ROWS, task="multiclass"))
