"""Latent codes as pictures: one dimension moved, the code that a class is expected to have, a scan as of another class.

Answers that a prior is asked for are those that the network gives: logits of classes, or a standardised amount.
"""

import numpy as np
import pandas as pd
import torch

from voxplain.attribution.untouched import untouched
from voxplain.errors import InputError, SettingsError
from voxplain.insight.vae import check_vae, decoded, latent_table

STEPS = (-2.0, 0.0, 2.0)


def traversals(network, codes, dimensions=4, steps=STEPS, base=None):
    """Volumes as one dimension after another of the code is moved, and a table of how much each changes.

    Of the `Codes` of training scans: the ``dimensions`` that vary most, or a list of them, go ``steps`` standard
    deviations of the scans' own means away from ``base`` (latent,), the mean code where it is not given.
    Volumes (dimensions, steps, channels, x, y, z) float32; the table has dimension, step, sd, activity and ``change``,
    the root mean square difference from the base's volume. Raises `SettingsError` for a dimension that is not there.
    """
    check_vae(network)
    about = latent_table(codes).set_index("dimension")
    wanted = list(about.index[:dimensions]) if isinstance(dimensions, int) else list(dimensions)
    unknown = [one for one in wanted if one not in about.index]
    if unknown:
        raise SettingsError(f"dimension {unknown[0]} of the code: there are {len(about)}, counted from 0; name others")
    base = codes.means.mean(axis=0) if base is None else np.asarray(base, np.float32)
    spread = about["sd"].fillna(0.0)
    moved = np.repeat(base[np.newaxis], len(wanted) * len(steps), axis=0).reshape(len(wanted), len(steps), -1)
    for place, dimension in enumerate(wanted):
        moved[place, :, dimension] += np.asarray(steps) * spread[dimension]
    still = next(decoded(network, base[np.newaxis]))
    made = np.stack(list(decoded(network, moved.reshape(-1, len(base)))))
    made = made.reshape(len(wanted), len(steps), *still.shape)
    change = np.sqrt(((made - still).astype(float) ** 2).mean(axis=tuple(range(2, made.ndim))))
    rows = [
        {"dimension": dimension, "step": step, "change": change[place, number]}
        | about.loc[dimension, ["sd", "activity"]].to_dict()
        for place, dimension in enumerate(wanted)
        for number, step in enumerate(steps)
    ]
    return made, pd.DataFrame(rows, columns=["dimension", "step", "sd", "activity", "change"])


def class_answers(codes, labels, classes):
    """The mean answer (classes, outputs) to the training scans of each class, which its prior is asked with.

    ``labels`` are the class numbers of the scans of ``codes``, ``classes`` the names. Raises `InputError` for a class
    without a scan.
    """
    labels = np.asarray(labels)
    for number, name in enumerate(classes):
        if not (labels == number).any():
            raise InputError(f"class {name}: no training scan is of it, so nothing says how the network answers to one")
    return np.stack([codes.answers[labels == number].mean(axis=0) for number in range(len(classes))])


def amount_answers(amounts, target):
    """Answers (n, 1) that stand for ``amounts`` in the label's unit; ``target`` is the card's mean and sd."""
    return ((np.asarray(amounts, float) - target["mean"]) / target["sd"])[:, np.newaxis].astype(np.float32)


def prior_codes(network, answers):
    """The means (n, latent) float32 of the prior for ``answers`` (n, outputs)."""
    check_vae(network)
    weights = next(network.prior_mean.parameters())
    with untouched(network), torch.inference_mode():
        given = torch.as_tensor(np.asarray(answers), dtype=weights.dtype, device=weights.device)
        return network.prior_mean(given).float().cpu().numpy()


def expected_volumes(network, answers):
    """Volumes (n, channels, x, y, z) float32 that the prior expects of scans with these ``answers`` (n, outputs)."""
    return np.stack(list(decoded(network, prior_codes(network, answers))))


def volumes_as_of(network, codes, answers):
    """Each scan of ``codes`` as it would be rebuilt had the network answered otherwise.

    (scans, answers, channels, x, y, z) float32: its code, moved by what separates the priors of its own answer and of
    each of ``answers`` (n, outputs); what the prior does not explain of it stays as it is.
    """
    priors = prior_codes(network, answers)
    moved = (codes.means - codes.priors)[:, np.newaxis] + priors
    made = np.stack(list(decoded(network, moved.reshape(-1, moved.shape[-1]))))
    return made.reshape(*moved.shape[:2], *made.shape[1:])
