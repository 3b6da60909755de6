"""Every measure of faithfulness of the maps that one network of a study made of its held-out scans."""

import logging
from functools import partial

import numpy as np

from voxplain.attribution.maps import over_channels
from voxplain.relevance.explanation import explained_scan, method_of_task
from voxplain.relevance.named_options import atlas_labels, named_volumes
from voxplain.sanity.choice import chosen_scans
from voxplain.sanity.faithfulness.answers import answers
from voxplain.sanity.faithfulness.baselines import network_free
from voxplain.sanity.faithfulness.fills import fill_volumes, training_of
from voxplain.sanity.faithfulness.one_scan import POINTS, ROWS, Scan, scan_rows
from voxplain.sanity.faithfulness.ordering import block_labels
from voxplain.sanity.faithfulness.sensitivity import Jittered, max_sensitivity
from voxplain.sanity.region import seen_voxels
from voxplain.settings.sections import faithfulness_asked
from voxplain.training.covariates import conditioned
from voxplain.training.trained import shown_volumes

log = logging.getLogger(__name__)

METHOD = "method"
SIDE = 20.0  # of blocks where the regions are those of an atlas, in mm
COLUMNS = ["split", "scan", "subject", *ROWS]
POINT_COLUMNS = ["split", "scan", *POINTS]


def split_rows(network, study, packed, source, method, sanity, *, device="cpu", covariates_of=None):
    """Rows of COLUMNS and points of POINT_COLUMNS, dicts, of some of the scans of ``source``, what `read_maps` returns.

    ``network`` is the one that made these maps, whose split, card and weights ``study``, a `SplitOfStudy`, holds;
    ``packed`` the store's Volumes; ``method`` its entry in the settings and ``sanity`` the section;
    ``covariates_of(scans)`` what the network is told beside them, or None.
    """
    asked, split = faithfulness_asked(sanity, method), study.card["split"]
    places = chosen_scans(source.label, source.predicted, asked["scans_per_split"])
    scans = [source.scan[place] for place in places]
    volumes = shown_volumes(study.store, scans, study.mask, study.weights, study.card)
    told = None if covariates_of is None else covariates_of(scans)
    training = training_of(study, packed, asked, sanity["seed"])
    if training.mean is None:
        log.info("%s: scans share no space or none was trained on: no mean of training scans, no edges", split)
    seen, spacing = seen_voxels(network, volumes.shape, volumes.channels), _spacing(volumes)
    method = named_volumes(method_of_task(method, study.card.get("task")), study)
    sides = tuple((SIDE if isinstance(asked["regions"], str) else asked["regions"]) / spacing)
    labels = _labels(asked["regions"], study, volumes.shape, sides)
    score = "logit" if study.card.get("task") == "regression" else asked["score"]
    rows, points = [], []
    for number, place in enumerate(places):
        volume, brain = volumes[number], volumes.mask(number).numpy() > 0
        region, target = seen & brain if study.mask == "brain" else seen, int(source.target[place])
        shown = conditioned(network.to(device), told, number)
        seed = (sanity["seed"], *split.encode(), *scans[number].encode())
        fills = {
            name: fill_volumes(name, volume, region, training, asked["blur"] / spacing.mean())
            for name in asked["fills"]
        }
        said = partial(answers, shown, target=target, score=score, device=device)
        scan = Scan(volume, region, fills, labels, sides, said, asked, seed)
        own, mean = np.asarray(source.maps[place]), None if training.mean is None else training.mean[0].numpy()
        found, along = scan_rows(
            scan, {METHOD: [own], **network_free(own, region, brain, mean, asked["random_maps"], seed)}
        )
        if "max_sensitivity" in asked["measures"]:
            near = (Jittered(volumes, region, asked["radius"], (*seed, draw)) for draw in range(asked["neighbours"]))
            again = (
                over_channels(explained_scan(network, one, number, target, method, device, told)[0]) for one in near
            )
            value = max_sensitivity(own[region], (one[region] for one in again))
            found.append(dict(zip(ROWS, (METHOD, "max_sensitivity", "", value, 1.0), strict=True)))
        about = {"split": split, "scan": scans[number]}
        rows += [about | {"subject": source.subject[place]} | row for row in found]
        points += [about | point for point in along]
    return rows, points


def _spacing(volumes):
    return np.sqrt((np.asarray(volumes.affine)[:3, :3] ** 2).sum(axis=0))


def _labels(regions, study, shape, sides):
    return atlas_labels(regions, study) if isinstance(regions, str) else block_labels(shape, sides)
