"""Trainings for which memory runs out: a network in place of a GPU's memory raises at more scans than it may hold."""

import pytest
import torch
from torch import nn

from voxplain.training.batches import batch_places, batches
from voxplain.training.epochs import train_epoch, validate
from voxplain.training.objectives import Objective
from voxplain.training.pieces import Pieces

CPU = torch.device("cpu")
SCANS = [f"sub-{number:02d}" for number in range(12)]
VOLUMES = list(torch.randn(12, 1, 4, 5, 3, generator=torch.Generator().manual_seed(1)))
LABELS = [0, 1, 1] * 4


class Holds(nn.Module):
    """A network that has room for so many scans at once; with ``late``, it finds out on the way back."""

    def __init__(self, scans, late=False):
        super().__init__()
        torch.manual_seed(2)
        self.inner = nn.Sequential(nn.Conv3d(1, 3, 3, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(180, 2))
        self.scans, self.late, self.sizes = scans, late, []

    def forward(self, volumes):
        self.sizes.append(len(volumes))
        found = self.inner(volumes)
        if len(volumes) > self.scans:
            if not self.late:
                raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
            self.inner[0].weight.register_hook(lambda gradient: self._full(gradient, len(volumes)))
        return found

    def _full(self, gradient, scans):
        if scans > self.scans and self.sizes[-1] == scans:
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes")
        return gradient


def epoch(network, size=6, pieces=None, **options):
    optimiser = torch.optim.SGD(network.parameters(), lr=0.1)
    ahead = batches(VOLUMES, LABELS, batch_places(list(range(12)), size))
    return train_epoch(network, optimiser, ahead, CPU, 1, SCANS, pieces=pieces, **options)


def close(one, other):
    return all(
        torch.allclose(a, b, atol=1e-6)
        for a, b in zip(one.state_dict().values(), other.state_dict().values(), strict=True)
    )


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("accumulate", [1, 2])
def test_a_batch_that_memory_does_not_hold_is_halved_and_its_step_is_the_same(late, accumulate, caplog):
    enough, short, pieces = Holds(12), Holds(2, late), Pieces()
    scores = epoch(enough, size=3, accumulate=accumulate), epoch(short, size=3, pieces=pieces, accumulate=accumulate)
    assert close(enough, short)
    assert scores[0]["train_loss"] == pytest.approx(scores[1]["train_loss"], abs=1e-6)
    assert scores[0]["train_accuracy"] == scores[1]["train_accuracy"]
    assert pieces.most == 1 and "out of memory with 3 scans at once; going on with 1" in caplog.text


def test_what_fitted_is_remembered_so_that_memory_runs_out_once(caplog):
    network, pieces = Holds(3), Pieces()
    epoch(network, pieces=pieces)
    epoch(network, pieces=pieces)
    assert network.sizes == [6, *[3] * 8] and len(caplog.records) == 1


def test_classes_weigh_in_pieces_what_they_weigh_in_the_whole():
    enough, short = Holds(12), Holds(1)
    weighted = Objective(2, weight=(5.0, 1.0))
    expected, found = epoch(enough, objective=weighted), epoch(short, objective=weighted)
    assert close(enough, short) and expected["train_loss"] == pytest.approx(found["train_loss"], abs=1e-6)
    flat = Holds(12)
    epoch(flat)
    assert not close(enough, flat)


def test_validation_is_halved_too_and_tells_the_same():
    found = [
        validate(network, batches(VOLUMES, LABELS, [list(range(12))]), CPU, 1, SCANS)
        for network in (Holds(12), Holds(5))
    ]
    assert found[0]["validation_loss"] == pytest.approx(found[1]["validation_loss"], abs=1e-6)
    assert found[0]["validation_roc_auc"] == found[1]["validation_roc_auc"]


def test_a_single_scan_that_memory_does_not_hold_ends_the_training_as_it_is():
    with pytest.raises(torch.OutOfMemoryError, match="CUDA out of memory"):
        epoch(Holds(0))


def test_another_error_is_not_tried_again():
    network = Holds(12)
    network.inner[3] = nn.Linear(7, 2)
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        epoch(network)
    assert network.sizes == [6]
