"""One pass over the scans: the steps of a training epoch, or a look at the validation scans."""

import math

import torch

from voxplain.errors import InputError
from voxplain.training.objectives import Objective
from voxplain.training.pieces import Pieces


class Tally:
    """Loss, logits and targets of an epoch's batches, brought from the device one step later than they are made.

    A device that waits for the number of each step stands still in between. Raises `InputError` for a loss that is not
    finite, naming the epoch and the batch's scans.
    """

    def __init__(self, epoch, scans):
        self.epoch, self.scans = epoch, scans
        self.total, self.count = 0.0, 0
        self._waiting, self._logits, self._targets = None, [], []

    def add(self, places, loss, logits, targets):
        """Count a batch; the one before it is looked at."""
        self._look()
        self._waiting = places, loss.detach(), logits.detach()
        self._targets.append(targets)

    def results(self):
        """Mean loss over the scans, logits and targets of all of them in the order in which they came."""
        self._look()
        return self.total / self.count, torch.cat(self._logits), torch.cat(self._targets)

    def _look(self):
        if self._waiting is None:
            return
        (places, loss, logits), self._waiting = self._waiting, None
        value = loss.item()
        if not math.isfinite(value):
            names = ", ".join(self.scans[place] for place in places)
            raise InputError(
                f"epoch {self.epoch}: the loss is {value} on {names}; look at these volumes or lower "
                "training.learning_rate"
            )
        self.total += len(places) * value
        self.count += len(places)
        self._logits.append(logits.float().cpu())


def train_epoch(
    network,
    optimiser,
    ahead,
    device,
    epoch,
    scans,
    objective=None,
    *,
    accumulate=1,
    clip_norm=None,
    precision="float32",
    pieces=None,
):
    """Mean loss and score over the batches of ``ahead`` while ``network`` learns from each.

    The gradients of ``accumulate`` batches make one step, weighted by their scans: that of a batch so many times as
    large, but for what batch norm sees. ``clip_norm`` is the largest norm of a step's gradient. ``precision`` bf16
    computes the convolutions in bfloat16; weights and loss stay float32. ``pieces``, a `Pieces`, remembers how many
    scans fitted the memory at once.
    """
    objective, tally, held = objective or Objective(), Tally(epoch, scans), 0
    pieces, parameters = pieces or Pieces(), list(network.parameters())
    network.train()
    optimiser.zero_grad(set_to_none=True)

    def step():
        if accumulate > 1:
            torch._foreach_div_([one.grad for one in network.parameters() if one.grad is not None], held)
        if clip_norm:
            torch.nn.utils.clip_grad_norm_(network.parameters(), clip_norm)
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)

    def learn(batch):
        before = [one.grad.clone() if held and one.grad is not None else None for one in parameters]

        def undo():
            for one, gradient in zip(parameters, before, strict=True):
                one.grad = gradient

        def run(piece):
            loss, logits = _outcome(network, piece, device, objective, precision)
            share = objective.amount(piece.labels) / objective.amount(batch.labels) if piece is not batch else 1
            counted = share * len(batch.places) if accumulate > 1 else share
            (loss if counted == 1 else loss * counted).backward()
            return loss.detach() * share, logits.detach()

        return pieces.passed(batch, run, undo)

    for number, batch in enumerate(ahead, 1):
        found = learn(batch)
        held += len(batch.places)
        if number % accumulate == 0:
            step()
            held = 0
        tally.add(batch.places, *_together(found), batch.labels)
    if held:
        step()
    loss, logits, targets = tally.results()
    return {"train_loss": loss} | _named("train", objective.training_scores(logits, targets))


@torch.inference_mode()
def validate(network, ahead, device, epoch, scans, objective=None, *, precision="float32", pieces=None):
    """Mean loss and scores of ``network``, in evaluation mode, over the batches of ``ahead``."""
    objective, tally = objective or Objective(), Tally(epoch, scans)
    pieces = pieces or Pieces()
    network.eval()
    for batch in ahead:

        def run(piece, whole=batch):
            loss, logits = _outcome(network, piece, device, objective, precision)
            share = objective.amount(piece.labels) / objective.amount(whole.labels) if piece is not whole else 1
            return loss * share, logits

        tally.add(batch.places, *_together(pieces.passed(batch, run)), batch.labels)
    loss, logits, targets = tally.results()
    return {"validation_loss": loss} | _named("validation", objective.validation_scores(logits, targets))


def _outcome(network, batch, device, objective, precision):
    """Loss and logits of a batch; a network with a loss of its own says both."""
    volumes, labels = batch.volumes.to(device, non_blocking=True), batch.labels.to(device, non_blocking=True)
    beside = () if batch.covariates is None else (batch.covariates.to(device, non_blocking=True),)
    with torch.autocast(device.type, torch.bfloat16, enabled=precision == "bf16"):
        if hasattr(network, "training_loss"):
            return network.training_loss(volumes, labels, *(beside or (None,)), objective.loss)
        logits = network(volumes, *beside)
    return objective.loss(logits, labels), logits


def _together(found):
    """Loss and logits of a batch from those of its pieces, whose losses are shares of the whole's."""
    losses, logits = zip(*found, strict=True)
    return sum(losses[1:], losses[0]), torch.cat(logits)


def _named(part, scores):
    return {f"{part}_{name}": value for name, value in scores.items()}
