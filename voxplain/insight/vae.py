"""What a variational autoencoder keeps of scans: the means of their latent codes, never draws of them.

Kingma and Welling, Auto-encoding variational Bayes, ICLR 2014; with a prior that the label shifts: Zhao et al.,
Variational autoencoder for regression, MICCAI 2019.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from torch import nn

from voxplain.attribution.untouched import untouched
from voxplain.errors import InputError, UnsupportedModel
from voxplain.training.shown_batches import passed_batches

ACTIVE = 0.01  # Burda, Grosse and Salakhutdinov, ICLR 2016


@dataclass(frozen=True)
class Codes:
    """Latent codes of scans, in their order: float32 arrays whose first axis is the scans.

    ``answers`` (n, outputs) are the logits, or the standardised amount; ``means`` and ``log_variances`` (n, latent) are
    those of the code, and ``priors`` (n, latent) the mean that the code is drawn to by its own answer.
    """

    scans: list
    subjects: list
    answers: np.ndarray
    means: np.ndarray
    log_variances: np.ndarray
    priors: np.ndarray

    def only(self, places):
        """The codes of the scans at ``places``."""
        names = ([one[place] for place in places] for one in (self.scans, self.subjects))
        arrays = (self.answers, self.means, self.log_variances, self.priors)
        return Codes(*names, *(one[list(places)] for one in arrays))

    @property
    def divergences(self):
        """KL(code || prior) of each scan and dimension (n, latent), in nats."""
        away = self.means - self.priors
        return (np.exp(self.log_variances) + away**2 - 1 - self.log_variances) / 2


def check_vae(network):
    """Raise `UnsupportedModel` for a network that has no code to rebuild volumes from.

    Asked for are ``encoded(volumes, covariates)``, which gives logits, means and log variances, and the modules
    ``decoder`` (code to volume) and ``prior_mean`` (logits to code).
    """
    parts = [isinstance(getattr(network, name, None), nn.Module) for name in ("decoder", "prior_mean")]
    if not all(parts) or not callable(getattr(network, "encoded", None)):
        raise UnsupportedModel(
            f"{type(network).__name__} has no latent code that volumes are rebuilt from; use the network vae_age"
        )


def encoded_scans(network, volumes, covariates=None, batch=4):
    """The `Codes` of every scan of ``volumes``, as the trained network is shown them.

    ``covariates`` (n, values) are those of the same scans, for a network that takes some. Nothing is drawn.
    Where memory runs out ``batch`` is halved, which the log says.
    Raises `UnsupportedModel` as `check_vae` does, and `InputError` where there is no scan.
    """
    check_vae(network)
    if not len(volumes):
        raise InputError("there is no scan to encode; look at the ledger for why each was left out")

    def passed(given):
        answers, *code = network.encoded(*given)
        return answers, *code, network.prior_mean(answers)

    with untouched(network), torch.inference_mode():
        found = list(passed_batches(passed, volumes, batch, _device(network), covariates))
    parts = [torch.cat(part).float().cpu().numpy() for part in zip(*found, strict=True)]
    return Codes(list(volumes.scans), list(volumes.subjects), *parts)


def decoded(network, codes, batch=4):
    """Volumes (channels, x, y, z) float32 of latent codes (n, latent), one at a time."""
    check_vae(network)
    codes, device = torch.as_tensor(np.asarray(codes, np.float32)), _device(network)
    for start in range(0, len(codes), batch):
        # not around the yield: whoever reads may use the network in between
        with untouched(network), torch.inference_mode():
            made = network.decoder(codes[start : start + batch].to(device)).float().cpu().numpy()
        yield from made


def latent_table(codes):
    """A row for each dimension of the code over the scans of `Codes`, the one that tells most of them apart first.

    ``dimension``, ``mean`` and ``sd`` (ddof 1) of the means over scans, ``activity``, their variance (ddof 0), whether
    that is ``active`` (above 0.01), and ``divergence``, the mean KL from the prior in nats.
    """
    means = codes.means.astype(float)
    activity = means.var(axis=0)
    table = pd.DataFrame(
        {
            "dimension": np.arange(means.shape[1]),
            "mean": means.mean(axis=0),
            "sd": means.std(axis=0, ddof=1) if len(means) > 1 else np.nan,
            "activity": activity,
            "active": np.where(activity > ACTIVE, "yes", "no"),
            "divergence": codes.divergences.astype(float).mean(axis=0),
        }
    )
    return table.sort_values("activity", ascending=False, kind="stable", ignore_index=True)


def _device(network):
    return next((weights.device for weights in network.parameters()), torch.device("cpu"))
