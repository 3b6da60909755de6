"""Maps of the scans of a store by one network, one scan at a time."""

import torch
from torch import nn

from voxplain.attribution.attribute import attribute
from voxplain.attribution.maps import over_channels
from voxplain.attribution.scoring import asked


def explained_classes(logits, target):
    """The class that each map is about, int64 (n,): the predicted one of ``logits`` (n, classes), or ``target``."""
    return logits.argmax(1) if target == "predicted" else torch.full((len(logits),), int(target))


def explained_scores(logits, classes, score):
    """What of ``classes`` (n,) is explained, (n,): their log-odds, logit or probability in ``logits`` (n, classes)."""
    identity = nn.Identity()
    return asked(identity, classes, score, logits).scores(logits)


def explained_maps(network, volumes, classes, method, device="cpu"):
    """Yield the map (x, y, z) float32 of each of ``volumes``, one for all channels; see `over_channels`."""
    for maps in explained_channels(network, volumes, classes, method, device):
        yield over_channels(maps)


def explained_channels(network, volumes, classes, method, device="cpu"):
    """Yield the maps (channels, x, y, z) float32 of each of ``volumes``, as the network is shown them.

    ``classes`` holds one class for each; ``method`` is an entry of the settings' ``methods``. Each volume passes alone,
    so that its map does not depend on which others are explained with it.
    """
    network = network.to(device)
    for volume, target in zip(volumes, classes, strict=True):
        maps = attribute(
            network,
            volume[None].to(device),
            method["method"],
            target=int(target),
            score=method["score"],
            **method["options"],
        )
        yield maps[0].cpu().numpy()
