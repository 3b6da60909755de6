import pytest
import torch
from torch import nn

from voxplain.training.batches import Batch, batch_places, batches
from voxplain.training.epochs import train_epoch, validate
from voxplain.training.objectives import Objective

CPU = torch.device("cpu")
SCANS = [f"sub-{number:02d}" for number in range(12)]
VOLUMES = list(torch.randn(12, 1, 4, 5, 3, generator=torch.Generator().manual_seed(1)))
LABELS = [0, 1, 1] * 4


def network(outputs=2):
    torch.manual_seed(2)
    return nn.Sequential(nn.Conv3d(1, 3, 3, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(180, outputs))


def epoch(one, size, **options):
    optimiser = torch.optim.SGD(one.parameters(), lr=0.1)
    ahead = batches(VOLUMES, LABELS, batch_places(list(range(12)), size))
    return train_epoch(one, optimiser, ahead, CPU, 1, SCANS, **options)


def same(one, other, **tolerance):
    return all(
        torch.allclose(a, b, **tolerance)
        for a, b in zip(one.state_dict().values(), other.state_dict().values(), strict=True)
    )


def test_accumulated_batches_step_as_one_batch_does():
    one, other, alone = network(), network(), network()
    epoch(one, 6)
    epoch(other, 2, accumulate=3)
    epoch(alone, 2)
    assert same(one, other, atol=1e-6) and not same(one, alone, atol=1e-4)


def test_batches_of_unequal_size_count_by_their_scans_and_the_last_ones_are_not_lost():
    one, other = network(), network()
    epoch(one, 12)
    epoch(other, 5, accumulate=7)
    assert same(one, other, atol=1e-6)


def test_a_step_is_no_longer_than_the_largest_norm_allows():
    one, before = network(), network()
    epoch(one, 12, clip_norm=0.01)
    moved = torch.cat([(a - b).detach().flatten() for a, b in zip(one.parameters(), before.parameters(), strict=True)])
    assert float(moved.norm()) == pytest.approx(0.1 * 0.01, rel=1e-3)
    free, loose = network(), network()
    epoch(free, 12)
    epoch(loose, 12, clip_norm=1e6)
    assert same(free, loose)


def test_bf16_changes_little_and_leaves_weights_in_float32():
    one, other = network(), network()
    plain, rounded = epoch(one, 4), epoch(other, 4, precision="bf16")
    assert all(weights.dtype == torch.float32 for weights in other.parameters())
    assert same(one, other, atol=2e-2) and not same(one, other, rtol=0, atol=0)
    assert rounded["train_loss"] == pytest.approx(plain["train_loss"], rel=2e-2)


def test_the_loss_of_an_epoch_is_the_mean_over_its_scans_of_batches_of_any_size():
    one, mse = network(1).eval(), nn.MSELoss()
    targets = torch.randn(12, generator=torch.Generator().manual_seed(5))
    ahead = batches(VOLUMES, targets, [[0, 1, 2, 3, 4], [5, 6], [7, 8, 9, 10, 11]])
    found = validate(one, ahead, CPU, 1, SCANS, Objective(0))
    with torch.no_grad():
        expected = float(mse(one(torch.stack(VOLUMES))[:, 0], targets))
    assert found["validation_loss"] == pytest.approx(expected, rel=1e-5)
    assert set(found) == {"validation_loss", "validation_mae", "validation_r2"}


class OwnLoss(nn.Module):
    """A network that is given covariates and trains by twice the usual loss."""

    def __init__(self):
        super().__init__()
        self.layer, self.given = nn.Linear(2, 2), []

    def training_loss(self, volumes, labels, covariates, loss):
        logits = self.layer(covariates)
        self.given.append((volumes.shape, labels.tolist(), covariates.tolist()))
        return 2 * loss(logits, labels), logits


def test_a_network_with_a_loss_of_its_own_is_trained_by_it():
    one, values = OwnLoss(), torch.arange(24.0).reshape(12, 2) / 24
    with torch.no_grad():
        expected = 2 * float(nn.functional.cross_entropy(one.layer(values), torch.tensor(LABELS)))
    ahead = list(batches(VOLUMES, LABELS, [list(range(12))], covariates=values))
    assert validate(one, ahead, CPU, 1, SCANS)["validation_loss"] == pytest.approx(expected, rel=1e-5)
    before = one.layer.weight.clone()
    train_epoch(one, torch.optim.SGD(one.parameters(), lr=0.1), ahead, CPU, 1, SCANS)
    assert not torch.equal(before, one.layer.weight)
    assert one.given[0] == (torch.Size([12, 1, 4, 5, 3]), LABELS, values.tolist())


def test_covariates_reach_the_network_beside_its_volumes():
    class Beside(nn.Module):
        def forward(self, volumes, covariates):
            return torch.stack([covariates.sum(1), volumes.sum((1, 2, 3, 4))], 1)

    values = torch.rand(12, 3)
    ahead = [Batch([0, 1], torch.stack(VOLUMES[:2]), torch.tensor([0, 1]), values[:2])]
    logits = Beside()(torch.stack(VOLUMES[:2]), values[:2])
    expected = float(nn.functional.cross_entropy(logits, torch.tensor([0, 1])))
    assert validate(Beside(), ahead, CPU, 1, SCANS)["validation_loss"] == pytest.approx(expected)
