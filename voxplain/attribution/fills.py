"""What lies where a volume is covered: a number, its mean, a blur of it, noise, or other subjects."""

import torch

from voxplain.attribution.baselines import baselines
from voxplain.errors import SettingsError
from voxplain.networks.options import whole_number


def fills(fill, volumes, seed=0):
    """Whole volumes to cover with, (count, batch, channels, *spatial); a drop is the mean over the count.

    ``fill`` is one of the kinds that `baselines` lists ("zero", a number, "mean", "blur", a tensor of other subjects
    (count, 1, channels, *spatial) ...), or ``"noise"``: Gaussian with the mean and the standard deviation of each
    channel of each volume, or that times a factor, ``{"noise": factor}``; or a list of these. Every volume gets the
    same draws, from ``seed`` alone. Raises SettingsError, InputError for a tensor that does not fit.
    """
    if isinstance(fill, list | tuple) and fill:
        return torch.cat([fills(one, volumes, seed) for one in fill])
    factor = 1.0 if isinstance(fill, str) and fill == "noise" else None
    if isinstance(fill, dict) and set(fill) == {"noise"}:
        factor = fill["noise"]
        if isinstance(factor, bool) or not isinstance(factor, int | float) or not 0 <= factor < float("inf"):
            raise SettingsError(f"fill is {fill!r}; give the noise a factor of at least 0")
    if factor is None:
        return baselines(fill, volumes, "fill")
    generator = torch.Generator().manual_seed(whole_number("seed", seed, least=0))
    # drawn in double precision on the CPU, so that no type or device has noise of its own
    drawn = torch.randn(volumes.shape[1:], dtype=torch.float64, generator=generator).to(volumes)
    axes = tuple(range(2, volumes.dim()))
    spread = volumes.std(dim=axes, keepdim=True, correction=0)
    return (volumes.mean(dim=axes, keepdim=True) + factor * spread * drawn)[None]
