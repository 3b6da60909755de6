"""The training loop: the epoch that is best on the inner validation scans, the same bytes again after any kill."""

import logging
import math

import torch

from voxplain.training.batches import batch_places, batches, kept_in_memory
from voxplain.training.checkpoints import about_training, resumed, save_checkpoint
from voxplain.training.devices import compiled, precision_of, repeatable
from voxplain.training.epochs import train_epoch, validate
from voxplain.training.history import best_place, history_table, waited_enough, write_history
from voxplain.training.kept_epochs import epochs_to_keep, forget_epochs, keep_epoch
from voxplain.training.objectives import objective_of
from voxplain.training.optimisers import optimiser_of, schedule_of
from voxplain.training.pace import Pace
from voxplain.training.pieces import Pieces
from voxplain.training.sampling import sampled_order
from voxplain.training.streams import stream
from voxplain.training.tensorboard import scalars

log = logging.getLogger(__name__)


def fit(
    network,
    train,
    train_labels,
    validation,
    validation_labels,
    *,
    seed,
    settings,
    classes=2,
    covariates=(None, None),
    augmentation=None,
    checkpoint=None,
    history=None,
    kept=None,
    device="cpu",
    memory_format=torch.contiguous_format,
    code="",
    pieces=None,
):
    """Weights of the epoch that is best on the validation scans, and the scores of every epoch.

    ``train`` and ``validation`` are `Volumes`, ``settings`` the section ``training``, ``classes`` their number (0: a
    regression, of labels scaled by those of ``train``), ``covariates`` those of both, ``(n, k)`` tensors or None, and
    ``augmentation`` what is done to training volumes only (see `batches`). What best means is ``settings["keep"]``;
    without validation scans the last epoch is kept.
    Each epoch's random streams (sampling, augmentation, dropout) follow from the seed and the epoch's number alone, so
    the file ``checkpoint``, written after every epoch, carries on exactly; one that was left by other settings, scans
    or ``code`` is not used. The table so far is at ``history`` after every epoch. ``network`` stays as after its last
    epoch. ``pieces``, a `Pieces`, tells afterwards whether memory ran out. Raises `InputError` for a loss that is not
    finite, naming the epoch and the scans, and for training scans that lack a class.
    """
    device, keep = torch.device(device), settings.get("keep", "loss")
    objective = objective_of(classes, train_labels, settings.get("class_weights", "none"))
    targets = objective.targets(train_labels), objective.targets(validation_labels)
    about = about_training(
        network,
        (train, validation),
        targets,
        covariates,
        seed=seed,
        settings=dict(settings),
        augmentation=augmentation.about if augmentation else {},
        code=code,
    )
    scans = train.scans, validation.scans
    train, validation = kept_in_memory((train, validation), settings.get("max_memory_gb", 4))
    layout = {"memory_format": memory_format, "pinned": device.type == "cuda"}
    precision = precision_of(settings.get("precision", "float32"), device)
    with (
        repeatable(device, settings["threads"]),
        compiled(network, settings.get("compile", False), device),
        scalars(history, settings.get("tensorboard", False)) as add_scalars,
    ):
        network.to(device, memory_format=memory_format)
        optimiser = optimiser_of(network.parameters(), settings)
        schedule = schedule_of(optimiser, settings)
        pieces = pieces or Pieces()
        parts = {"network": network, "optimiser": optimiser, "schedule": schedule, "pieces": pieces}
        rows, best = resumed(checkpoint, about, parts)
        keeping = epochs_to_keep(settings["epochs"], settings.get("keep_epochs", 0)) if kept else []
        forget_epochs(kept, after=len(rows) if keeping else 0)
        write_history(history, rows, keep, objective.task)
        pace = Pace(settings["epochs"], device)
        for epoch in range(len(rows) + 1, settings["epochs"] + 1):
            if waited_enough(rows, settings.get("patience"), keep) and validation:
                log.info("nothing better on the validation scans for %d epochs", settings["patience"])
                break
            torch.manual_seed(stream(seed, epoch))
            order = sampled_order(
                targets[0], seed, epoch, settings.get("sampling", "all"), settings.get("sampling_limit")
            )
            groups = batch_places(order, settings["batch"])
            ahead = batches(
                train,
                targets[0],
                groups,
                augmentation=augmentation,
                key=(seed, epoch),
                covariates=covariates[0],
                **layout,
            )
            row = {"epoch": epoch, "learning_rate": schedule.get_last_lr()[0]}
            row |= train_epoch(
                network,
                optimiser,
                pace.counted(ahead, epoch, len(order)),
                device,
                epoch,
                scans[0],
                objective,
                accumulate=settings.get("accumulate", 1),
                clip_norm=settings.get("clip_norm"),
                precision=precision,
                pieces=pieces,
            )
            schedule.step()
            if validation:
                groups = batch_places(list(range(len(validation))), settings["batch"])
                ahead = batches(validation, targets[1], groups, covariates=covariates[1], **layout)
                row |= validate(network, ahead, device, epoch, scans[1], objective, precision=precision, pieces=pieces)
            rows.append(row)
            if best_place(rows, keep) == len(rows) - 1:
                best = _weights(network)
            write_history(history, rows, keep, objective.task)
            add_scalars(row)
            if epoch in keeping:
                keep_epoch(kept, epoch, _weights(network))
            if checkpoint:
                save_checkpoint(checkpoint, about, parts, rows, best)
            pace.epoch_ended(epoch, row["train_loss"], row.get("validation_loss", math.nan))
    return best, history_table(rows, keep, objective.task)


def _weights(network):
    state = network.state_dict()
    return {name: value.detach().cpu().clone(memory_format=torch.contiguous_format) for name, value in state.items()}
