"""An encoder that learnt to rebuild volumes before its network learns labels: transfer learning from an autoencoder."""

import math

import pandas as pd
import torch

from voxplain.cohort.folds import read_folds
from voxplain.errors import InputError
from voxplain.networks.autoencoder import Autoencoder
from voxplain.store import Volumes
from voxplain.training.batches import batch_places, batches, kept_in_memory
from voxplain.training.checkpoints import about_training, resumed, save_checkpoint
from voxplain.training.devices import chosen_device, memory_format, precision_of, repeatable
from voxplain.training.epochs import train_epoch
from voxplain.training.normalisation import fitted, normalised
from voxplain.training.optimisers import optimiser_of, schedule_of
from voxplain.training.pace import Pace
from voxplain.training.pieces import Pieces
from voxplain.training.sampling import sampled_order
from voxplain.training.streams import stream
from voxplain.training.trained import built
from voxplain.training.weight_files import read_tensors


class Rebuilding:
    """What an autoencoder is trained for: no labels, and nothing to score but the loss, which is its own."""

    loss = None

    def amount(self, targets):
        return len(targets)

    def training_scores(self, logits, targets):
        return {}


def pretrained_encoder(store, folds, split, seed, *, experiment, classes, code="", checkpoint=None):
    """State dict of the ``features`` of an experiment's network, trained to rebuild volumes, and a table of its epochs.

    It learns from the training scans of ``split`` alone, as they are shown to the network (mask and normalisation), and
    from no label. ``experiment["pretrain"]`` lies over its ``training``; the last epoch is kept. The file
    ``checkpoint`` carries on after a kill with the same bytes. Raises `InputError` for a split without training scans.
    """
    packed = Volumes(store)
    train = [scan for scan in read_folds(folds).roles(split)[0] if scan in packed.scans]
    if not train:
        raise InputError(f"split {split}: none of its training scans was packed; look at the ledger")
    settings, kind = experiment["training"] | experiment["pretrain"], experiment.get("normalisation", "none")
    volumes = Volumes(store, train, experiment["mask"])
    volumes = normalised(volumes, kind, fitted(kind, volumes, experiment.get("normalisation_scans"), split.encode()))
    torch.manual_seed(seed)
    about = {"network": experiment["network"], "input_shape": packed.shape, "channels": packed.channels}
    asked = experiment.get("covariates") or {}
    network = built(about | {"classes": list(classes), "covariates": asked})
    whole = Autoencoder(network, packed.shape, packed.channels)
    layout = memory_format(experiment["network"]["name"])
    rows = rebuilt_epochs(
        whole,
        volumes,
        seed=seed,
        settings=settings,
        device=chosen_device(experiment["device"]),
        layout=layout,
        code=code,
        checkpoint=checkpoint,
    )
    state = whole.features.state_dict()
    return {name: value.detach().cpu().contiguous() for name, value in state.items()}, rows


def rebuilt_epochs(whole, volumes, *, seed, settings, device, layout, code="", checkpoint=None):
    """Train an Autoencoder on ``volumes``; a table with ``epoch``, ``learning_rate`` and ``train_loss``."""
    device, blank = torch.device(device), torch.zeros(len(volumes), dtype=torch.int64)
    sets = (volumes, volumes)
    about = about_training(whole, sets, (blank, blank), (None, None), seed=seed, settings=dict(settings), code=code)
    scans, (volumes,) = volumes.scans, kept_in_memory((volumes,), settings.get("max_memory_gb", 4))
    with repeatable(device, settings["threads"]):
        whole.to(device, memory_format=layout)
        optimiser = optimiser_of(whole.parameters(), settings)
        schedule = schedule_of(optimiser, settings)
        pieces = Pieces()
        parts = {"network": whole, "optimiser": optimiser, "schedule": schedule, "pieces": pieces}
        rows, _ = resumed(checkpoint, about, parts)
        pace = Pace(settings["epochs"], device)
        for epoch in range(len(rows) + 1, settings["epochs"] + 1):
            torch.manual_seed(stream(seed, epoch))
            groups = batch_places(sampled_order(blank, seed, epoch, "all", None), settings["batch"])
            ahead = batches(volumes, blank, groups, memory_format=layout, pinned=device.type == "cuda")
            row = {"epoch": epoch, "learning_rate": schedule.get_last_lr()[0]}
            row |= train_epoch(
                whole,
                optimiser,
                pace.counted(ahead, epoch, len(volumes)),
                device,
                epoch,
                scans,
                Rebuilding(),
                accumulate=settings.get("accumulate", 1),
                clip_norm=settings.get("clip_norm"),
                precision=precision_of(settings.get("precision", "float32"), device),
                pieces=pieces,
            )
            schedule.step()
            rows.append(row)
            if checkpoint:
                save_checkpoint(checkpoint, about, parts, rows, None)
            pace.epoch_ended(epoch, row["train_loss"], math.nan)
    return pd.DataFrame(rows)


def read_encoder(path):
    """The state dict that an encoder was left as; None for no ``path``, as for an experiment without pretraining."""
    return read_tensors(path, "pretrain this split again") if path else None
