"""Maps of the scans of a store by one network, one scan at a time."""

import torch
from torch import nn

from voxplain.attribution.attribute import attribute
from voxplain.attribution.maps import over_channels
from voxplain.attribution.notes import notes
from voxplain.attribution.scoring import asked
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
    """Yield the map (x, y, z) float32 of each of ``volumes``, one for all channels; see `over_channels`."""
    for maps in explained_channels(network, volumes, classes, method, device, covariates):
        yield over_channels(maps)


def explained_channels(network, volumes, classes, method, device="cpu", covariates=None, said=None):
    """Yield the maps (channels, x, y, z) float32 of each of ``volumes``, as the network is shown them.

    ``classes`` holds one class for each; ``method`` is an entry of the settings' ``methods``. Each volume passes alone,
    so that its map does not depend on which others are explained with it. ``covariates`` (n, values) are those of the
    volumes, for a network that is told some: they are held fast while its volume is explained. What the method says
    beside its maps is added to the dictionary ``said`` before a map is yielded; see voxplain.attribution.notes.
    """
    network, said = network.to(device), {} if said is None else said
    for place, (volume, target) in enumerate(zip(volumes, classes, strict=True)):
        with notes() as one:
            maps = attribute(
                conditioned(network, covariates, place),
                volume[None].to(device),
                method["method"],
                target=int(target),
                score=method["score"],
                **method["options"],
            )
        for name, value in one.items():
            said[name] = said.get(name, []) + value if isinstance(value, list) else value
        yield maps[0].cpu().numpy()
