import torch
from torch import nn

from voxplain.training.predictions import empty_predictions, predicted_logits, prediction_table


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
