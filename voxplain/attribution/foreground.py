"""Which voxels of a volume are not its background."""

import numpy as np
import torch
from scipy import ndimage

from voxplain.errors import InputError


def foreground(volumes, mask=None):
    """True where a volume is not background, (batch, *spatial), boolean.

    Background is what has one and the same value, in every channel, on more than half of the volume's border, as far as
    it is connected by faces with that border; a volume whose border has no such value has no background. A ``mask``,
    (*spatial) or (batch, *spatial), is taken instead, True inside. Raises InputError for a mask that does not fit.
    """
    spatial = volumes.shape[2:]
    if mask is None:
        return torch.stack([_not_background(one) for one in volumes])
    mask = torch.as_tensor(mask)
    if mask.shape not in (spatial, (len(volumes), *spatial)):
        raise InputError(f"mask has shape {tuple(mask.shape)}, volumes {tuple(spatial)}; put it on the volumes' grid")
    return (mask != 0).to(volumes.device).expand(len(volumes), *spatial)


def _not_background(volume):
    values = volume.detach().to("cpu", torch.float64).numpy()
    border = np.ones(values.shape[1:], dtype=bool)
    border[tuple(slice(1, -1) for _ in border.shape)] = False
    kinds, counts = np.unique(values[:, border], axis=1, return_counts=True)
    if 2 * counts.max() <= border.sum():
        return torch.ones(volume.shape[1:], dtype=torch.bool, device=volume.device)
    common = kinds[:, counts.argmax()].reshape(-1, *(1 for _ in border.shape))
    pieces, _ = ndimage.label((values == common).all(0))
    outside = np.isin(pieces, np.setdiff1d(pieces[border], [0]))
    return torch.from_numpy(~outside).to(volume.device)
