"""The training loop: the epoch that is best on the inner validation scans, the same bytes again after any kill."""

import logging
import math

import pandas as pd
import torch
from sklearn.metrics import balanced_accuracy_score
from torch.nn.functional import cross_entropy

from voxplain.errors import InputError
from voxplain.runtime import progress, written_whole
from voxplain.training.batches import batch_places, batches, epoch_order, kept_in_memory, stream
from voxplain.training.checkpoints import resumed, save_checkpoint
from voxplain.training.devices import repeatable

log = logging.getLogger(__name__)

OPTIMISERS = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}


def fit(
    network,
    train,
    train_labels,
    validation,
    validation_labels,
    *,
    seed,
    settings,
    augmentation=None,
    checkpoint=None,
    history=None,
    device="cpu",
    memory_format=torch.contiguous_format,
    code="",
):
    """Weights of the epoch with the lowest validation loss, and the scores of every epoch, by cross-entropy.

    ``train`` and ``validation`` are `Volumes`, ``settings`` the section ``training``, ``augmentation`` what is done to
    training volumes only. Each epoch's random streams (order, augmentation, dropout) follow from the seed and the
    epoch's number alone, so the file ``checkpoint``, written after every epoch, carries on exactly; one that was left
    by other settings, scans or ``code`` is not used. The table so far is at ``history`` after every epoch.
    Without validation scans the last epoch is kept. ``network`` stays as after its last epoch. Raises `InputError` for
    a loss that is not finite, naming the epoch and the scans, and for training scans of fewer than two classes.
    """
    if len(set(map(int, train_labels))) < 2:
        raise InputError(
            f"{len(train)} training scans are left, and not of both classes; use fewer folds or more scans"
        )
    device = torch.device(device)
    about = _about(train, train_labels, validation, validation_labels, seed, settings, augmentation, code)
    train_scans, validation_scans = train.scans, validation.scans
    train, validation = kept_in_memory((train, validation), settings.get("max_memory_gb", 4))
    options = {"memory_format": memory_format, "pinned": device.type == "cuda"}
    with repeatable(device, settings["threads"]):
        network.to(device, memory_format=memory_format)
        optimiser = OPTIMISERS[settings["optimiser"]](
            network.parameters(), lr=settings["learning_rate"], weight_decay=settings.get("weight_decay", 0)
        )
        schedule = torch.optim.lr_scheduler.MultiStepLR(
            optimiser, settings.get("milestones", []), settings.get("gamma", 0.1)
        )
        parts = {"network": network, "optimiser": optimiser, "schedule": schedule}
        rows, best = resumed(checkpoint, about, parts)
        _write_history(history, rows)
        for epoch in progress(range(len(rows) + 1, settings["epochs"] + 1), label="epoch"):
            if _waited_enough(rows, settings.get("patience")):
                log.info("no better validation loss for %d epochs", settings["patience"])
                break
            torch.manual_seed(stream(seed, epoch))
            groups = batch_places(epoch_order(len(train), seed, epoch), settings["batch"])
            ahead = batches(train, train_labels, groups, augmentation=augmentation, key=(seed, epoch), **options)
            row = {"epoch": epoch, "learning_rate": schedule.get_last_lr()[0]}
            row |= train_epoch(network, optimiser, ahead, device, epoch, train_scans)
            schedule.step()
            if validation_scans:
                groups = batch_places(list(range(len(validation))), settings["batch"])
                ahead = batches(validation, validation_labels, groups, **options)
                row |= _validate(network, ahead, device, epoch, validation_scans)
            rows.append(row)
            if _best_place(rows) == len(rows) - 1:
                best = _weights(network)
            _write_history(history, rows)
            if checkpoint:
                save_checkpoint(checkpoint, about, parts, rows, best)
            log.info("epoch %d: train loss %.4f, validation loss %.4f", epoch, row["train_loss"], _loss(row))
    return best, history_table(rows)


def history_table(rows):
    """One row an epoch; ``best`` is 1 at the epoch whose weights were kept and 0 elsewhere."""
    columns = ["epoch", "train_loss", "train_accuracy", "validation_loss", "validation_balanced_accuracy"]
    table = pd.DataFrame(rows, columns=[*columns, "learning_rate", "best"])
    if len(table):
        table["best"] = (table.index == _best_place(rows)).astype(int)
    return table


def train_epoch(network, optimiser, ahead, device, epoch, scans):
    """Mean loss and accuracy over the batches of ``ahead`` while ``network`` takes one step on each."""
    network.train()
    total, right, count = 0.0, 0, 0
    for places, batch, labels in ahead:
        batch, labels = batch.to(device, non_blocking=True), labels.to(device, non_blocking=True)
        optimiser.zero_grad(set_to_none=True)
        logits = network(batch)
        loss = cross_entropy(logits, labels)
        total += len(places) * _finite(loss, epoch, places, scans)
        loss.backward()
        optimiser.step()
        right += int((logits.argmax(1) == labels).sum())
        count += len(places)
    return {"train_loss": total / count, "train_accuracy": right / count}


@torch.inference_mode()
def _validate(network, ahead, device, epoch, scans):
    network.eval()
    total, predicted, true = 0.0, [], []
    for places, batch, labels in ahead:
        logits = network(batch.to(device, non_blocking=True))
        total += len(places) * _finite(cross_entropy(logits, labels.to(device)), epoch, places, scans)
        predicted += logits.argmax(1).tolist()
        true += labels.tolist()
    return {
        "validation_loss": total / len(true),
        "validation_balanced_accuracy": float(balanced_accuracy_score(true, predicted)),
    }


def _finite(loss, epoch, places, scans):
    value = loss.item()
    if not math.isfinite(value):
        names = ", ".join(scans[place] for place in places)
        raise InputError(
            f"epoch {epoch}: the loss is {value} on {names}; look at these volumes or lower training.learning_rate"
        )
    return value


def _waited_enough(rows, patience):
    return bool(rows) and patience is not None and len(rows) - 1 - _best_place(rows) >= patience


def _best_place(rows):
    losses = [_loss(row) for row in rows]
    return len(rows) - 1 if math.isnan(losses[0]) else losses.index(min(losses))


def _loss(row):
    return row.get("validation_loss", math.nan)


def _weights(network):
    state = network.state_dict()
    return {name: value.detach().cpu().clone(memory_format=torch.contiguous_format) for name, value in state.items()}


def _about(train, train_labels, validation, validation_labels, seed, settings, augmentation, code):
    return {
        "scans": [list(each.scans) for each in (train, validation)],
        "checksums": [list(each.checksums) for each in (train, validation)],
        "labels": [[int(label) for label in labels] for labels in (train_labels, validation_labels)],
        "masked": train.masked,
        "seed": seed,
        "settings": dict(settings),
        "augmentation": dict(augmentation or {}),
        "code": code,
    }


def _write_history(path, rows):
    if path and rows:
        with written_whole(path) as part:
            history_table(rows).to_csv(part, sep="\t", index=False)
