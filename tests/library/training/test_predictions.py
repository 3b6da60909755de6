import pandas as pd
import pytest
import torch
from torch import nn

from voxplain.training.predictions import by_subject, empty_predictions, predicted_logits, prediction_table


def test_logits_do_not_depend_on_the_batch_and_dropout_is_off():
    torch.manual_seed(1)
    network = nn.Sequential(nn.Flatten(), nn.Dropout(0.5), nn.Linear(24, 2)).train()
    volumes = [torch.rand(1, 2, 3, 4) for _ in range(5)]
    found = predicted_logits(network, volumes, batch=2)
    assert found.shape == (5, 2) and found.dtype == torch.float64
    torch.testing.assert_close(found, predicted_logits(network, volumes, batch=5), rtol=1e-6, atol=1e-6)


def test_a_row_has_the_probabilities_and_logits_of_its_scan():
    logits = torch.tensor([[1.0, 2.0], [0.5, -3.0]], dtype=torch.float64)
    table = prediction_table(["sub-a", "sub-b"], ["a", "b"], [1, 1], logits, "r1f1", 7)
    assert table["predicted"].tolist() == [1, 0] and table["seed"].tolist() == [7, 7]
    assert table[["logit_0", "logit_1"]].to_numpy().tolist() == logits.tolist()
    expected = 1 / (1 + torch.exp(logits[:, 0] - logits[:, 1]))
    torch.testing.assert_close(torch.tensor(table["probability_1"].to_numpy()), expected)
    assert ((table["probability_0"] + table["probability_1"] - 1).abs() < 1e-12).all()
    assert table.columns.tolist() == empty_predictions().columns.tolist()


def test_scores_by_subject_rest_on_the_mean_probabilities_of_its_scans():
    table = pd.DataFrame(
        {
            "scan": ["a1", "a2", "b1", "c1", "c2"],
            "subject": ["a", "a", "b", "c", "c"],
            "split": "r1f1",
            "seed": 1,
            "label": [1, 1, 0, 0, 1],
            "predicted": [1, 0, 0, 0, 1],
            "probability_0": [0.1, 0.6, 0.8, 0.9, 0.2],
            "probability_1": [0.9, 0.4, 0.2, 0.1, 0.8],
        }
    )
    rows = by_subject(table)
    assert rows[["subject", "label", "predicted"]].to_numpy().tolist() == [
        ["a", 1, 1], ["b", 0, 0], ["c", 0, 0], ["c", 1, 1],
    ]  # fmt: skip
    assert rows.loc[0, ["probability_0", "probability_1"]].tolist() == pytest.approx([0.35, 0.65])


def test_one_scan_a_subject_needs_no_scores_by_subject():
    table = pd.DataFrame({"scan": ["a", "b"], "subject": ["a", "b"], "split": "r1f1", "seed": 1, "label": [0, 1]})
    assert by_subject(table.assign(predicted=0, probability_0=1.0, probability_1=0.0)) is None
