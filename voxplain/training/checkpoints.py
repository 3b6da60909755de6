"""What a training needs to go on after it was killed, as if nothing had happened."""

import hashlib
import logging
from pathlib import Path

import torch

from voxplain.errors import InputError
from voxplain.runtime import written_whole
from voxplain.training.weight_files import read_tensors

log = logging.getLogger(__name__)


def save_checkpoint(path, about, parts, rows, best):
    """Leave a training after an epoch at ``path``, whole.

    ``about`` says which training it is, ``parts`` are its network, optimiser, schedule and pieces, ``rows`` the history
    and ``best`` the weights to keep so far. The random streams of the epochs to come (sampling, augmentation, dropout)
    are in it as the seed and the number of rows, from which all of them follow.
    """
    states = {name: part.state_dict() for name, part in parts.items()}
    with written_whole(path) as part:
        torch.save({"about": about, "states": states, "rows": rows, "best": best}, part)


def resumed(path, about, parts):
    """History and best weights so far of the training ``about``, its ``parts`` set as they were; else nothing, None."""
    if path is None or not Path(path).exists():
        return [], None
    try:
        saved = read_tensors(path, "training begins anew")
    except InputError as error:
        log.warning("%s", error)
        return [], None
    if saved["about"] != about:
        log.info("%s is of a training with other settings, scans or code: training begins anew", path)
        return [], None
    for name, part in parts.items():
        part.load_state_dict(saved["states"][name])
    log.info("training goes on after epoch %d", len(saved["rows"]))
    return saved["rows"], saved["best"]


def about_training(network, sets, labels, covariates, **rest):
    """All that decides what a training comes to, as a checkpoint keeps it: plain, and equal for equal trainings.

    ``sets`` are the training and the validation volumes, ``labels`` and ``covariates`` what belongs to each.
    """
    return {
        "network": repr(network),
        "weights": _digest(network.state_dict()),
        "scans": [list(each.scans) for each in sets],
        "checksums": [list(each.checksums) for each in sets],
        "masked": sets[0].masked,
        "labels": [each.tolist() for each in labels],
        "covariates": [None if each is None else each.tolist() for each in covariates],
        **rest,
    }


def _digest(state):
    digest = hashlib.blake2b(digest_size=16)
    for name, value in state.items():
        digest.update(name.encode())
        digest.update(value.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()
