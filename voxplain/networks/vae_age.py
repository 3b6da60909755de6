"""VAE-C: a variational autoencoder whose latent prior depends on what is told of the scan, HCP's age groups first.

Zainulina, Kiseleva, Brazhnikov, Akhmedov, Skoltech 2020, ml_MRI_age_prediction, after Zhao et al., MICCAI 2019.
"""

from collections import OrderedDict

import torch
from torch import nn
from torch.nn.functional import mse_loss

from voxplain.errors import SettingsError
from voxplain.networks.lengths import cells_left
from voxplain.networks.options import share, whole_number

HIDDEN = 128
KERNELS = (5, 5, 5, 3)
# four times doubling with a window of 5 makes 16 n + 45 of n cells
FACTOR, ADDED = 16, 45


class VaeAge(nn.Module):
    """(batch, channels, x, y, z), and (batch, covariates) if there are any, to (batch, classes) logits.

    With one covariate, (128, 128, 128), width 8 and latent 16: 2,376,668 parameters, 2,377,220 for four classes.
    The logits are the mean of the latent label; nothing is drawn outside of training.
    """

    cam_layer = "features.relu4"

    def __init__(self, shape, classes, width, latent, dropout, covariates, channels):
        super().__init__()
        layers, found = OrderedDict(), channels
        for number, kernel in enumerate(KERNELS, 1):
            layers[f"conv{number}"] = nn.Conv3d(found, width * 2 ** (number - 1), kernel, 2)
            found = width * 2 ** (number - 1)
            layers |= _behind(number, found, dropout)
        self.features = nn.Sequential(layers)
        self.head = nn.Sequential(
            OrderedDict(
                conv=nn.Conv3d(found, HIDDEN, cells_left("vae_age", shape, self.features)),
                norm=_NormOfAny(HIDDEN),
                relu=nn.LeakyReLU(),
                flat=nn.Flatten(),
            )
        )
        self.covariates = covariates
        self.label_mean = nn.Linear(HIDDEN + covariates, classes)
        self.label_log_variance = nn.Linear(HIDDEN + covariates, classes)
        self.latent_mean = nn.Linear(HIDDEN + covariates, latent)
        self.latent_log_variance = nn.Linear(HIDDEN + covariates, latent)
        self.prior_mean = nn.Linear(classes, latent)
        self.decoder = _decoder(shape, latent, width, dropout, channels)

    def forward(self, volumes, covariates=None):
        return self.label_mean(self._found(volumes, covariates))

    def training_loss(self, volumes, labels, covariates, loss):
        """Loss and logits: mean squared error of the volumes, divergence from the prior, and ``loss`` of the logits."""
        found = self._found(volumes, covariates)
        logits, log_variance = self.label_mean(found), self.latent_log_variance(found)
        mean = self.latent_mean(found)
        prior = self.prior_mean(self._drawn(logits, self.label_log_variance(found)))
        rebuilt = self.decoder(self._drawn(mean, log_variance))
        away = divergence(mean.float(), log_variance.float(), prior.float())
        return mse_loss(rebuilt.float(), volumes.float()) + away + loss(logits, labels), logits

    def reconstructed(self, volumes, covariates=None):
        """Volumes (batch, channels, x, y, z) as the decoder makes them of the latent means."""
        return self.decoder(self.encoded(volumes, covariates)[1])

    def encoded(self, volumes, covariates=None):
        """Logits (batch, classes), and mean and log variance (batch, latent) of the code; nothing is drawn."""
        found = self._found(volumes, covariates)
        return self.label_mean(found), self.latent_mean(found), self.latent_log_variance(found)

    def _found(self, volumes, covariates):
        found = self.head(self.features(volumes))
        if not self.covariates:
            return found
        if covariates is None:
            raise SettingsError(f"vae_age takes {self.covariates} covariates a scan, found none; give (batch, n)")
        return torch.cat([found, covariates.to(found.dtype)], 1)

    def _drawn(self, mean, log_variance):
        return mean + (log_variance / 2).exp() * torch.randn_like(mean) if self.training else mean


def divergence(mean, log_variance, prior_mean):
    """Mean over the batch of KL(N(mean, exp(log_variance)) || N(prior_mean, 1)), each (batch, latent), in nats."""
    each = log_variance.exp() + (mean - prior_mean) ** 2 - 1 - log_variance
    return each.sum(1).mean() / 2


class _NormOfAny(nn.BatchNorm3d):
    """Batch norm that takes a batch of one cell too, by the running statistics, where torch refuses it in training."""

    def forward(self, volumes):
        if not self.training or volumes[:, 0].numel() > 1:
            return super().forward(volumes)
        known = self.running_mean, self.running_var, self.weight, self.bias
        return nn.functional.batch_norm(volumes, *known, False, 0.0, self.eps)


def _behind(number, width, dropout):
    return {
        f"norm{number}": _NormOfAny(width),
        f"dropout{number}": nn.Dropout3d(dropout),
        f"relu{number}": nn.LeakyReLU(),
    }


def _decoder(shape, latent, width, dropout, channels):
    """Latent values (batch, latent) to volumes (batch, channels, x, y, z); 5, 13, 29, 61, 125 and 128 cells an axis."""
    first = tuple((length - ADDED) // FACTOR for length in shape)
    if min(first) < 1:
        raise SettingsError(f"vae_age: input_shape {tuple(shape)} is too small; it needs at least 61 voxels an axis")
    layers = OrderedDict(cell=nn.Unflatten(1, (latent, 1, 1, 1)), up1=nn.ConvTranspose3d(latent, 8 * width, first))
    layers |= _behind(1, 8 * width, dropout)
    widths = (8 * width, 4 * width, 2 * width, width, channels)
    for number, (given, left) in enumerate(zip(widths, widths[1:], strict=False), 2):
        layers[f"up{number}"] = nn.ConvTranspose3d(given, left, 5, 2)
        layers |= _behind(number, left, dropout if number < 5 else 0.0)
    last = tuple(length - FACTOR * cells - ADDED + 1 for length, cells in zip(shape, first, strict=True))
    layers["up6"] = nn.ConvTranspose3d(channels, channels, last)
    return nn.Sequential(layers)


def vae_age(shape, classes, *, width=8, latent=16, dropout=0.2, covariates=0, channels=1):
    """An untrained VaeAge; ``covariates`` is how many values stand beside a volume, 1 (sex) as published.

    ``latent`` is the length of the code that the volume is rebuilt from. Shapes other than 128 voxels an axis have the
    same layers, the last convolution and the first and last of the decoder as large as the shape asks for.
    """
    return VaeAge(
        shape,
        classes,
        whole_number("width", width),
        whole_number("latent", latent),
        share("dropout", dropout),
        whole_number("covariates", covariates, least=0),
        whole_number("channels", channels),
    )
