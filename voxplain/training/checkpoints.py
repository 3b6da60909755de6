"""What a training needs to go on after it was killed, as if nothing had happened."""

import logging
from pathlib import Path

import torch

from voxplain.runtime import written_whole

log = logging.getLogger(__name__)


def save_checkpoint(path, about, parts, rows, best):
    """Leave a training after an epoch at ``path``, whole.

    ``about`` says which training it is, ``parts`` are its network, optimiser and schedule, ``rows`` the history and
    ``best`` the weights to keep so far. Random states are not in it: each epoch's follow from the seed.
    """
    states = {name: part.state_dict() for name, part in parts.items()}
    with written_whole(path) as part:
        torch.save({"about": about, "states": states, "rows": rows, "best": best}, part)


def resumed(path, about, parts):
    """History and best weights so far of the training ``about``, its ``parts`` set as they were; else nothing, None."""
    if path is None or not Path(path).exists():
        return [], None
    saved = torch.load(path, map_location="cpu", weights_only=True)
    if saved["about"] != about:
        log.info("%s is of a training with other settings, scans or code: training begins anew", path)
        return [], None
    for name, part in parts.items():
        part.load_state_dict(saved["states"][name])
    log.info("training goes on after epoch %d", len(saved["rows"]))
    return saved["rows"], saved["best"]
