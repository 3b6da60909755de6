"""Maps of the scans of a store by one network, one scan at a time."""

import torch
from torch import nn

from voxplain.attribution.attribute import attribute
from voxplain.attribution.maps import over_channels
from voxplain.attribution.notes import notes
from voxplain.attribution.scoring import asked
from voxplain.relevance.named_options import of_scan
from voxplain.training.covariates import conditioned


def method_of_task(method, task):
    """The settings ``method`` as they serve a network of ``task``.

    A regression has one output, in standard deviations of the training labels, which is all that can be explained.
    """
    return method | {"target": 0, "score": "logit"} if task == "regression" else method


def explained_classes(logits, target):
    """The class that each map is about, int64 (n,): the predicted one of ``logits`` (n, classes), or ``target``."""
    return logits.argmax(1) if target == "predicted" else torch.full((len(logits),), int(target))


def told(logits, card):
    """What the network says of each scan, (n,): its class, or of a regression the amount in the label's unit."""
    if card.get("task") != "regression":
        return logits.argmax(1).numpy()
    return (logits[:, 0] * card["target"]["sd"] + card["target"]["mean"]).numpy().astype(float)


def explained_scores(logits, classes, score):
    """What of ``classes`` (n,) is explained, (n,): their log-odds, logit or probability in ``logits`` (n, classes)."""
    identity = nn.Identity()
    return asked(identity, classes, score, logits).scores(logits)


def explained_maps(network, volumes, classes, method, device="cpu", covariates=None):
    """Yield the map (x, y, z) float32 of each of ``volumes``, one for all channels; see `over_channels`.

    ``classes`` holds one class for each; the rest as in `explained_scan`.
    """
    for place, target in enumerate(classes):
        yield over_channels(explained_scan(network, volumes, place, target, method, device, covariates)[0])


def explained_scan(network, volumes, place, target, method, device="cpu", covariates=None):
    """The map (channels, x, y, z) float32 of one of ``volumes``, as the network is shown it, and what was said of it.

    ``method`` is an entry of the settings' ``methods``, its options volumes where they name some; see `named_volumes`.
    The volume passes alone, so that its map does not depend on which others are explained with it. ``covariates``
    (n, values) are those of the volumes, for a network that is told some: they are held fast while it is explained.
    What the method says beside the map is a dictionary; see voxplain.attribution.notes.
    """
    with notes() as said:
        maps = attribute(
            conditioned(network.to(device), covariates, place),
            volumes[place][None].to(device),
            method["method"],
            target=int(target),
            score=method["score"],
            **of_scan(method["options"], volumes, place),
        )
    return maps[0].cpu().numpy(), {name: _of_one(value) for name, value in said.items()}


def _of_one(value):
    return value[0] if isinstance(value, list) and len(value) == 1 else value
