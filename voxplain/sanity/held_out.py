"""The held-out scans of a split that a check explains, with the network that never saw them or with another one."""

import logging
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch

from voxplain.relevance.explanation import explained_classes, explained_maps, method_of_task, told
from voxplain.relevance.named_options import SplitOfStudy, named_volumes
from voxplain.sanity.choice import chosen_scans
from voxplain.store import Volumes
from voxplain.training.covariates import covariates_of
from voxplain.training.devices import chosen_device
from voxplain.training.predictions import predicted_logits
from voxplain.training.trained import read_trained, shown_volumes

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class HeldOut:
    """``volumes`` as the ``network`` of ``card`` is shown them, their ``label``, ``predicted`` and explained class.

    ``classes`` (n,) int64 are explained by ``method``, whose options are volumes where they name some; ``covariates``
    (n, values) are what the network is told besides, or None.
    """

    network: torch.nn.Module
    card: dict
    volumes: object
    label: np.ndarray
    predicted: np.ndarray
    classes: torch.Tensor
    method: dict
    covariates: torch.Tensor | None

    def maps(self, device="cpu"):
        """Yield the map (x, y, z) float32 of each of the volumes."""
        return explained_maps(self.network, self.volumes, self.classes, self.method, device, self.covariates)


@dataclass(frozen=True)
class CheckedStudy:
    """What a check of one ``method`` in one ``experiment`` reads: the store, the Folds, the table of all scans.

    ``scans`` are for networks that are told covariates; ``atlases`` the files, by name, of those that the options of
    ``method`` name.
    """

    store: Path
    folds: object
    experiment: dict
    method: dict
    scans: Path | None = None
    atlases: dict = field(default_factory=dict)

    @property
    def device(self):
        """Where networks run."""
        return chosen_device(self.experiment["device"])

    def held_out(self, weights, card, number):
        """At most ``number`` scans that the network's split holds out, see `chosen_scans`; None where it has none."""
        network, about = read_trained(weights, card)
        packed = set(Volumes(self.store).scans)
        shown = [scan for scan in self.folds.roles(about["split"])[2] if scan in packed] if network else []
        if not shown:
            log.info("%s: nothing is explained, %s", about["split"], about.get("empty", "no held-out scan is packed"))
            return None
        volumes, covariates = self._shown(weights, about, shown)
        method = self._asked(weights, about)
        logits = predicted_logits(network, volumes, device=self.device, covariates=covariates)
        known = self.folds.table.drop_duplicates("scan").set_index("scan")["label"]
        label, predicted = known.loc[shown].to_numpy(), told(logits, about)
        places = chosen_scans(label.tolist(), predicted.tolist(), number)
        volumes, covariates = self._shown(weights, about, [shown[place] for place in places])
        classes = explained_classes(logits, method["target"])[places]
        return HeldOut(network, about, volumes, label[places], predicted[places], classes, method, covariates)

    def by_another(self, one, weights, card):
        """The scans of the ``HeldOut`` ``one``, and their classes, to be explained with another network."""
        network, about = read_trained(weights, card)
        volumes, covariates = self._shown(weights, about, one.volumes.scans)
        asked = self._asked(weights, about)
        return replace(one, network=network, card=about, volumes=volumes, covariates=covariates, method=asked)

    def _shown(self, weights, card, scans):
        volumes = shown_volumes(self.store, scans, self.experiment["mask"], weights, card)
        return volumes, covariates_of(card, self.scans, scans)

    def _asked(self, weights, card):
        split = SplitOfStudy(self.store, self.folds, weights, card, self.experiment["mask"], self.atlases)
        return named_volumes(method_of_task(self.method, card.get("task")), split)
