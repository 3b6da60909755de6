"""Weights of some epochs of a training, kept beside the best one's: what TracIn follows a training by."""

from math import ceil
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import torch

from voxplain.errors import InputError
from voxplain.runtime import written_whole
from voxplain.training.weight_files import read_tensors

PATTERN = "epoch-*.pt"


class KeptEpoch(NamedTuple):
    """An ``epoch``, counted from 1, the ``learning_rate`` of its steps and the ``weights`` after it, a state dict."""

    epoch: int
    learning_rate: float
    weights: dict


def epochs_to_keep(epochs, count):
    """Numbers of ``count`` epochs of so many, evenly apart and with the last one; all, where there are fewer."""
    return sorted({ceil(epochs * place / count) for place in range(1, count + 1)}) if count else []


def keep_epoch(folder, epoch, weights):
    """Leave the state dict ``weights`` of an ``epoch`` in ``folder``, whole."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    with written_whole(Path(folder) / f"epoch-{epoch:04d}.pt") as part:
        torch.save(weights, part)


def forget_epochs(folder, after=0):
    """Remove from ``folder`` what another training kept of epochs behind ``after``, and the folder when it is empty."""
    if folder is None or not Path(folder).is_dir():
        return
    for path in Path(folder).glob(PATTERN):
        if _number(path) > after:
            path.unlink(missing_ok=True)
    if not any(Path(folder).iterdir()):
        Path(folder).rmdir()


def read_epochs(folder, history):
    """Yield the `KeptEpoch` of each file in ``folder``, first to last, one at a time in memory.

    ``history`` is the table of the same training, or its path, which has the learning rates. Raises `InputError` where
    nothing was kept, and for an epoch that the history lacks.
    """
    table = history if isinstance(history, pd.DataFrame) else pd.read_csv(history, sep="\t")
    rates = dict(zip(table["epoch"], table["learning_rate"], strict=True))
    paths = sorted(Path(folder).glob(PATTERN), key=_number)
    if not paths:
        raise InputError(f"{folder}: no epoch was kept; set training.keep_epochs and train this split again")
    for path in paths:
        if _number(path) not in rates:
            raise InputError(f"{path}: the history of this training has no such epoch; train this split again")
        weights = read_tensors(path, "train this split again")
        yield KeptEpoch(_number(path), float(rates[_number(path)]), weights)


def _number(path):
    return int(path.stem.rpartition("-")[2])
