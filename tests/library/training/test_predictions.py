import pandas as pd
import pytest
import torch
from torch import nn

from voxplain.training.predictions import (
    by_subject,
    empty_predictions,
    judged,
    predicted_logits,
    predicted_outputs,
    prediction_table,
)


def test_logits_do_not_depend_on_the_batch_and_dropout_is_off():
    torch.manual_seed(1)
    network = nn.Sequential(nn.Flatten(), nn.Dropout(0.5), nn.Linear(24, 2)).train()
    volumes = [torch.rand(1, 2, 3, 4) for _ in range(5)]
    found = predicted_logits(network, volumes, batch=2)
    assert found.shape == (5, 2) and found.dtype == torch.float64
    torch.testing.assert_close(found, predicted_logits(network, volumes, batch=5), rtol=1e-6, atol=1e-6)


class Holds(nn.Module):
    """A network that has room for so many volumes at once."""

    def __init__(self, volumes):
        super().__init__()
        torch.manual_seed(1)
        self.inner, self.room, self.sizes = nn.Sequential(nn.Flatten(), nn.Linear(24, 2)), volumes, []

    def forward(self, volumes):
        self.sizes.append(len(volumes))
        if len(volumes) > self.room:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return self.inner(volumes)


def test_volumes_that_memory_does_not_hold_are_judged_fewer_at_a_time_and_the_log_says_so(caplog):
    volumes = list(torch.rand(11, 1, 2, 3, 4, generator=torch.Generator().manual_seed(1)))
    enough, short, none = Holds(11), Holds(2), Holds(0)
    torch.testing.assert_close(predicted_logits(short, volumes), predicted_logits(enough, volumes))
    assert short.sizes == [8, 4, *[2] * 5, 1] and enough.sizes == [8, 3]
    assert "out of memory with 8 passes at once; going on with 4" in caplog.text
    with pytest.raises(torch.OutOfMemoryError):
        predicted_logits(none, volumes)


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


class Slabs(nn.Module):
    """Judges two slabs by their means, one above and one below the middle."""

    def forward(self, volumes):
        low, high = volumes[:, 0, :2].mean((1, 2, 3)), volumes[:, 0, 2:].mean((1, 2, 3))
        return torch.stack([torch.zeros_like(low), low + high], 1)

    def votes(self, volumes):
        slabs = torch.stack([volumes[:, 0, :2].mean((1, 2, 3)) > 0, volumes[:, 0, 2:].mean((1, 2, 3)) > 0], 1).float()
        return torch.stack([1 - slabs.mean(1), slabs.mean(1)], 1)


def test_most_slabs_decide_and_a_draw_goes_to_the_more_probable_class():
    volumes = [torch.full((1, 4, 2, 2), -1.0) for _ in range(3)]
    volumes[1][:, :2] = 3
    volumes[2][:, 2:] = 0.5
    logits, votes = predicted_outputs(Slabs(), volumes, batch=2)
    assert votes.tolist() == [[1, 0], [0.5, 0.5], [0.5, 0.5]]
    table = prediction_table(list("abc"), list("abc"), [0, 1, 1], logits, "r1f1", 1, votes=votes)
    assert table["predicted"].tolist() == [0, 1, 0] and table["vote_1"].tolist() == [0, 0.5, 0.5]
    moved = prediction_table(list("abc"), list("abc"), [0, 1, 1], logits, "r1f1", 1, votes=1 - votes)
    assert moved["predicted"].tolist() == [1, 1, 0]
    assert predicted_outputs(Slabs(), volumes, votes=False)[1] is None


def test_a_regression_is_told_in_the_unit_of_its_label():
    logits = torch.tensor([[0.0], [-1.5]], dtype=torch.float64)
    table = prediction_table(["a", "b"], ["a", "b"], [40.0, 30.5], logits, "r1f1", 1, target={"mean": 50.0, "sd": 10.0})
    assert table["predicted"].tolist() == [50.0, 35.0] and table["label"].tolist() == [40.0, 30.5]
    assert table.columns.tolist() == empty_predictions(None).columns.tolist()
    visits = table.assign(scan=["a1", "a2"], subject="a", group="a")
    assert by_subject(visits)[["label", "predicted"]].to_numpy().tolist() == [[35.25, 42.5]]


def test_covariates_go_to_the_network_in_the_order_of_the_scans():
    class Sum(nn.Module):
        def forward(self, volumes, covariates):
            return torch.cat([volumes.mean((1, 2, 3, 4))[:, None], covariates.sum(1, keepdim=True)], 1)

    volumes = [torch.full((1, 2, 2, 2), float(place)) for place in range(5)]
    covariates = torch.arange(10.0).reshape(5, 2)
    found = predicted_logits(Sum(), volumes, batch=2, covariates=covariates)
    assert found.tolist() == [[place, 4 * place + 1] for place in range(5)]


def test_a_network_judges_scans_as_its_card_says():
    class Shown(list):
        scans, subjects = ["s2", "s1"], ["b", "a"]

    rows = pd.DataFrame({"scan": ["s1", "s2"], "label": [0, 1], "group": ["fam", "gang"], "role": "test"})
    network = nn.Sequential(nn.Flatten(), nn.Linear(8, 2))
    shown = Shown([torch.ones(1, 2, 2, 2), torch.zeros(1, 2, 2, 2)])
    table = judged(network, {"split": "r1f2", "seed": 3}, shown, rows)
    assert table[["scan", "subject", "group", "label"]].to_numpy().tolist() == [
        ["s2", "b", "gang", 1],
        ["s1", "a", "fam", 0],
    ]
    assert set(table["split"]) == {"r1f2"} and set(table["seed"]) == {3}
    card = {"split": "r1f2", "seed": 3, "task": "regression", "target": {"mean": 60.0, "sd": 2.0}}
    network = nn.Sequential(nn.Flatten(), nn.Linear(8, 1))
    with torch.no_grad():
        expected = 60 + 2 * network(torch.stack(list(shown)))[:, 0].double()
    assert judged(network, card, shown, rows)["predicted"].tolist() == pytest.approx(expected.tolist())


def test_a_network_is_told_the_covariates_of_the_scans_it_judges():
    class Age(nn.Module):
        def forward(self, volumes, covariates):
            return torch.cat([torch.zeros(len(volumes), 1), covariates], 1)

    class Shown(list):
        scans, subjects = ["s2", "s1"], ["b", "a"]

    rows = pd.DataFrame({"scan": ["s1", "s2"], "label": [0, 1]})
    scans = pd.DataFrame({"scan": ["s0", "s1", "s2"], "Age": [99.0, 40.0, 70.0]})
    card = {"split": "r1f1", "seed": 1, "covariates": {"Age": {"kind": "number", "mean": 50.0, "sd": 10.0}}}
    table = judged(Age(), card, Shown(torch.ones(2, 1, 2, 2, 2)), rows, scans)
    assert table["logit_1"].tolist() == [2.0, -1.0] and table["predicted"].tolist() == [1, 0]
