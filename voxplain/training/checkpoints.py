"""What a training needs to go on after it was killed, as if nothing had happened."""

import logging
from pathlib import Path

import torch

from voxplain.runtime import written_whole

log = logging.getLogger(__name__)


def save_checkpoint(path, about, state):
    """Leave ``state`` at ``path``, whole; ``about`` says which training it belongs to."""
    with written_whole(path) as part:
        torch.save({"about": about, "state": state}, part)


def read_checkpoint(path, about):
    """The state of the training ``about`` at ``path``; None where there is none, or that of another training."""
    if not Path(path).exists():
        return None
    saved = torch.load(path, map_location="cpu", weights_only=True)
    if saved["about"] != about:
        log.info("%s is of a training with other settings, scans or code: training begins anew", path)
        return None
    return saved["state"]
