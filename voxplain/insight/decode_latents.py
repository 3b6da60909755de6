"""All that a variational autoencoder shows of itself in one call: errors, dimensions, and pictures of its codes."""

import numpy as np
import pandas as pd
import torch

from voxplain.attribution.untouched import untouched
from voxplain.insight.reconstruction import mean_volume, reconstruction_table
from voxplain.insight.traversals import (
    STEPS,
    amount_answers,
    class_answers,
    expected_volumes,
    traversals,
    volumes_as_of,
)
from voxplain.insight.vae import check_vae, decoded, encoded_scans, latent_table
from voxplain.training.predictions import predicted_logits

QUANTILES = (0.1, 0.5, 0.9)  # amounts of the training scans that a regression is asked for


def decode_latents(
    network, training, held_out, labels, classes, target=None, covariates=(None, None), dimensions=4, steps=STEPS
):
    """Tables and volumes by name, of a trained network, its training scans and its held-out ones.

    ``labels`` are those of the training scans, numbers of ``classes``, or amounts, with ``target`` their mean and sd
    from the card and no classes. ``covariates`` are (n, values) of each of the two sets, for a network that takes some.
    All that is fitted or chosen (mean volume, spread of the code, answers to a class) is of the training scans; errors
    and examples are of the held-out ones.

    Tables: ``reconstruction`` (see `reconstruction_table`), ``latents`` (`latent_table`), ``traversals``
    (`traversals`), ``expected``: for each class or amount ``name``, what the prior was ``asked`` for and what the
    network ``answered`` to the volume it expects, one column an output.
    Volumes, float32: ``traversals`` (dimensions, steps, channels, x, y, z), ``expected`` (classes, ...), and of the
    held-out scan rebuilt best, of the middle one and of the worst, whose names are ``examples``: ``rebuilt`` (3, ...)
    and ``as_of`` (3, classes, ...), each as it would be were it of another class.
    Raises `UnsupportedModel` for a network without a code, and `InputError` for a class or a set without a scan.
    """
    check_vae(network)
    codes, known = (
        encoded_scans(network, volumes, beside)
        for volumes, beside in zip((training, held_out), covariates, strict=True)
    )
    names = list(classes) or [float(one) for one in np.quantile(np.asarray(labels, float), QUANTILES)]
    answers = class_answers(codes, labels, classes) if len(classes) else amount_answers(names, target)
    expected = expected_volumes(network, answers)
    moved, moves = traversals(network, codes, dimensions, steps)
    reconstruction = reconstruction_table(network, held_out, known, mean_volume(training))
    examples = _best_middle_worst(reconstruction["error"].to_numpy())
    shown = known.only(examples)
    tables = {
        "reconstruction": reconstruction,
        "latents": latent_table(codes),
        "traversals": moves,
        "expected": _answers_table(network, names, answers, expected, covariates[0]),
    }
    volumes = {
        "traversals": moved,
        "expected": expected,
        "examples": np.array(shown.scans),
        "rebuilt": np.stack(list(decoded(network, shown.means))),
        "as_of": volumes_as_of(network, shown, answers),
    }
    return tables, volumes


def _best_middle_worst(errors):
    order = np.argsort(errors, kind="stable")
    return list(dict.fromkeys(int(order[place]) for place in (0, (len(order) - 1) // 2, len(order) - 1)))


def _answers_table(network, names, answers, expected, covariates):
    """What the network says of the volumes that it expects, told the mean covariates of the training scans."""
    beside = None if covariates is None else covariates.mean(0, keepdim=True).expand(len(expected), -1)
    device = next(network.parameters()).device
    with untouched(network):
        answered = predicted_logits(network, torch.from_numpy(expected), device=device, covariates=beside).numpy()
    table = pd.DataFrame({"name": names})
    for number in range(answers.shape[1]):
        table[f"asked_{number}"], table[f"answered_{number}"] = answers[:, number], answered[:, number]
    return table
