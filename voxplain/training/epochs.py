"""One pass over the scans: the steps of a training epoch, or a look at the validation scans."""

import math

import torch

from voxplain.errors import InputError
from voxplain.training.objectives import Objective


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
):
    """Mean loss and score over the batches of ``ahead`` while ``network`` learns from each.

    The gradients of ``accumulate`` batches make one step, weighted by their scans: that of a batch so many times as
    large, but for what batch norm sees. ``clip_norm`` is the largest norm of a step's gradient. ``precision`` bf16
    computes the convolutions in bfloat16; weights and loss stay float32.
    """
    objective, tally, held = objective or Objective(), Tally(epoch, scans), 0
    network.train()
    optimiser.zero_grad(set_to_none=True)

    def step():
        if accumulate > 1:
            torch._foreach_div_([one.grad for one in network.parameters() if one.grad is not None], held)
        if clip_norm:
            torch.nn.utils.clip_grad_norm_(network.parameters(), clip_norm)
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)

    for number, batch in enumerate(ahead, 1):
        loss, logits = _outcome(network, batch, device, objective, precision)
        (loss * len(batch.places) if accumulate > 1 else loss).backward()
        held += len(batch.places)
        if number % accumulate == 0:
            step()
            held = 0
        tally.add(batch.places, loss, logits, batch.labels)
    if held:
        step()
    loss, logits, targets = tally.results()
    return {"train_loss": loss} | _named("train", objective.training_scores(logits, targets))


@torch.inference_mode()
def validate(network, ahead, device, epoch, scans, objective=None, *, precision="float32"):
    """Mean loss and scores of ``network``, in evaluation mode, over the batches of ``ahead``."""
    objective, tally = objective or Objective(), Tally(epoch, scans)
    network.eval()
    for batch in ahead:
        tally.add(batch.places, *_outcome(network, batch, device, objective, precision), batch.labels)
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


def _named(part, scores):
    return {f"{part}_{name}": value for name, value in scores.items()}
