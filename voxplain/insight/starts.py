"""Where the search for an ideal input begins: noise, the mean brain, or somebody's."""

import torch

from voxplain.errors import InputError, SettingsError
from voxplain.insight.ideal_inputs import scan_names
from voxplain.insight.priors import check_amount

NOISE = {"noise": 0.5, "mean": 0.1, "subject": 0.1}


def start(kind, brains, volumes, generator, noise=None):
    """Begin (channels, *spatial), what a change is counted from, and a name; both are `TrainingBrains.standardised`.

    ``kind`` is ``"noise"``, around the same intensity everywhere; ``"mean"``, the training scans' mean brain;
    ``"subject"``, one of the training scans, drawn by ``generator``; or a volume (channels, *spatial) as the network is
    shown it. Gaussian noise of ``noise`` spreads is added (None: 0.5 to noise alone, 0.1 to brains), which makes draws
    differ; what is the same in all training scans is left as it is.
    """
    if noise is not None:
        check_amount("noise", noise)
    if isinstance(kind, torch.Tensor):
        if kind.shape != brains.mean.shape:
            raise InputError(f"start has shape {tuple(kind.shape)}, training scans {tuple(brains.mean.shape)}; crop it")
        if not torch.isfinite(kind).all():
            raise InputError("start holds NaN or infinity; give another volume")
        name, centre = "given", brains.standardised(kind)
    elif not isinstance(kind, str) or kind not in NOISE:
        raise SettingsError(f"start is {kind!r}; use one of {', '.join(NOISE)}, or a volume")
    elif kind == "subject":
        place = int(torch.randint(len(volumes), (1,), generator=generator))
        name, centre = scan_names(volumes)[place], brains.standardised(volumes[place])
    else:
        name, centre = kind, brains.flat() if kind == "noise" else torch.zeros_like(brains.mean)
    amount = NOISE["subject" if isinstance(kind, torch.Tensor) else kind] if noise is None else noise
    # drawn in double precision on the CPU, so that no type or device has noise of its own
    drawn = torch.randn(brains.mean.shape, dtype=torch.float64, generator=generator).to(brains.mean)
    return centre + amount * drawn * brains.varying, centre, name
