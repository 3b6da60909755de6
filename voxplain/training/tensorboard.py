"""The numbers of a training for TensorBoard, where somebody asks for it."""

from contextlib import contextmanager
from pathlib import Path

from voxplain.errors import SettingsError


@contextmanager
def scalars(history, asked):
    """A function that adds a row of the history to TensorBoard's files, in ``tensorboard/`` beside ``history``.

    Without ``asked``, or a history, it does nothing. Raises `SettingsError` where the package is missing.
    """
    if not asked or history is None:
        yield lambda row: None
        return
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise SettingsError(
            'setting "training.tensorboard" is true, but the package tensorboard is not installed; '
            "pip install tensorboard, or set it to false"
        ) from error
    history = Path(history)
    writer = SummaryWriter(history.parent / "tensorboard" / history.name.removesuffix(".tsv"))

    def add(row):
        for name, value in row.items():
            if name != "epoch":
                writer.add_scalar(name, value, row["epoch"])
        writer.flush()

    try:
        yield add
    finally:
        writer.close()
