"""Options of a method that name things of the study: an atlas, training scans of the split, the brain of each scan.

In the settings an option is a word; the method takes volumes. Training scans are those of the network's own split and
no others: a scan that stops the training or is held out never stands for "nothing there".
"""

import logging
from dataclasses import dataclass, field
from pathlib import Path

import nibabel
import numpy as np
import torch
from scipy import ndimage

from voxplain.attribution.baselines import mean_volume
from voxplain.errors import InputError
from voxplain.store import Volumes
from voxplain.training.trained import shown_volumes

log = logging.getLogger(__name__)

BRAIN = "brain"
OF_VOLUMES = "baseline", "references", "fill"


@dataclass(frozen=True)
class SplitOfStudy:
    """Where the things lie that options name: the store and the Folds, and what belongs to one network of a split.

    ``atlases`` are files of labels by the names of their atlases.
    """

    store: Path
    folds: object
    weights: Path
    card: dict
    mask: str
    atlases: dict = field(default_factory=dict)


def named_volumes(method, study, drawn=None):
    """The entry ``method`` of the settings with volumes where its options name atlases or training scans.

    ``labels`` and ``segments`` become whole numbers (x, y, z) and (levels, x, y, z) on the store's grid, each voxel
    that of the nearest; ``training_mean`` the mean (channels, x, y, z) of the training scans as the network is shown
    them; ``{training: n}`` n of them (n, 1, channels, x, y, z), drawn by ``seed`` (0) and the split; both with ``of:
    class0`` those of one class. ``mask: brain`` stays a word, see `of_scan`. The scans that were drawn are added to the
    dictionary ``drawn`` by what they stand for. Raises InputError where there are none.
    """
    return method | {"options": _resolved(method["options"], method["name"], study, {} if drawn is None else drawn)}


def of_scan(options, volumes, place):
    """``options`` for the scan at ``place`` of ``volumes``: the word brain becomes its brain mask (x, y, z)."""
    return options | {"mask": volumes.mask(place)} if options.get("mask") == BRAIN else options


def _resolved(options, name, study, drawn):
    found = dict(options)
    if isinstance(options.get("labels"), str):
        found["labels"] = atlas_labels(options["labels"], study)
    if options.get("segments"):
        found["segments"] = np.stack([atlas_labels(one, study) for one in options["segments"]])
    for option in OF_VOLUMES:
        if option in options:
            found[option] = _volumes(options[option], f"{name}: {option}", study, drawn)
    if isinstance(options.get("options"), dict):
        found["options"] = _resolved(options["options"], name, study, drawn)
    return found


def atlas_labels(atlas, study):
    """The labels (x, y, z) of one of the atlases of ``study`` on the store's grid, each voxel that of the nearest."""
    packed, image = Volumes(study.store), nibabel.load(study.atlases[atlas])
    labels, there = np.asarray(image.dataobj).astype(np.int32), np.linalg.inv(image.affine) @ packed.affine
    if labels.shape == packed.shape and np.allclose(image.affine, packed.affine, atol=1e-3):
        return labels
    # a voxel of the border reaches to its outer half, where the grid's other modes see nothing
    return ndimage.affine_transform(labels, there, output_shape=packed.shape, order=0, mode="grid-constant")


def _volumes(value, where, study, drawn):
    if isinstance(value, list):
        return [_volumes(one, where, study, drawn) for one in value]
    asked = {"training_mean": True} if isinstance(value, str) and value == "training_mean" else value
    if not isinstance(asked, dict) or not {"training", "training_mean"} & set(asked):
        return value
    scans = training_scans(study.folds, study.card["split"], set(Volumes(study.store).scans), **_only(asked))
    if not scans:
        group = asked.get("of", "all")
        raise InputError(f'{where}: split {study.card["split"]} has no training scan of group "{group}"; name another')
    log.info("%s: %d training scans of %s", where, len(scans), study.card["split"])
    shown = shown_volumes(study.store, scans, study.mask, study.weights, study.card)
    if "training_mean" in asked:
        return mean_volume(shown)
    drawn.setdefault(where, []).extend(scans)
    return torch.stack(list(shown))[:, None]


def _only(asked):
    named = {"training": "count", "of": "group", "seed": "seed"}
    return {named[key]: value for key, value in asked.items() if key in named}


def training_scans(folds, split, packed, *, count=None, group="all", seed=0):
    """Scans of ``packed`` that the network of ``split`` trained on, all or those of a class; ``count`` of them, drawn.

    ``group`` is ``all`` or ``class<number>``. Fewer than ``count`` are taken all. They stay in the order of the folds.
    """
    rows = folds.table[(folds.table["split"] == split) & (folds.table["role"] == "train")]
    if group != "all":
        rows = rows[rows["label"] == int(group.removeprefix("class"))]
    scans = [scan for scan in rows["scan"] if scan in packed]
    if count is None or count >= len(scans):
        return scans
    drawn = np.random.default_rng([seed, *split.encode()]).choice(len(scans), count, replace=False)
    return [scans[place] for place in sorted(drawn)]
