"""What planted effects the maps of a method find: rows of its group map beside others, and of single subjects' maps."""

import nibabel
import numpy as np

from voxplain.sanity.comparison import COLUMNS, NETWORK_FREE, compared, nothing_compared, scored_maps
from voxplain.sanity.localisation import subject_maps, subject_scores
from voxplain.sanity.references import edges, mean_mask, mean_volume
from voxplain.sanity.region import seen_voxels
from voxplain.sanity.target import target
from voxplain.sanity.voxel_scores import MEASURES
from voxplain.volumes.grids import regridded
from voxplain.volumes.volume import Volume

ROWS = ["method", "effect", *COLUMNS]
BY_SUBJECT = ["method", "effect", "subject", "measure", "value", "untrained"]
# Of the mean intensity of the brain: above it a voxel outside the brain is head and not air
HEAD = 0.1


def on_grid_of(volumes, path, order):
    """The image in the file ``path``, (x, y, z), on the grid of ``volumes``; ``order`` 0 takes the nearest voxel."""
    image = nibabel.load(path)
    return regridded(Volume(np.asarray(image.dataobj), image.affine), volumes.shape, volumes.affine, order).data


def references_and_targets(volumes, network, truths, brain, settings):
    """The maps that need no network, by name, and a `Target` for each effect of ``truths`` (x, y, z).

    Both lie on the grid of ``volumes``, whose first intensities serve, as they were packed. Effects are looked for in
    the template's ``brain`` (x, y, z) as far as ``network`` sees it; what was planted outside, in the head around it.
    """
    channel = (volumes.intensities or [0])[0]
    mean = np.abs(mean_volume(volume[channel] for volume in volumes))
    share = mean_mask(volumes.mask(place) for place in range(len(volumes)))
    seen = seen_voxels(network, volumes.shape, volumes.channels)
    spacing = np.sqrt((np.asarray(volumes.affine)[:3, :3] ** 2).sum(axis=0))
    targets = {}
    for effect, truth in truths.items():
        region = ~brain & (mean > HEAD * mean[brain].mean()) if effect == "outside" else brain
        targets[effect] = target(truth, region & seen, spacing, settings["tolerance"])
    return dict(zip(NETWORK_FREE, (share, mean, edges(mean)), strict=True)), targets


def localised(name, maps, untrained, targets, network_free, sanity):
    """Rows (dicts) of ROWS of the method ``name``, for every effect of ``targets``; see `scored_maps`."""
    rows = []
    for effect, place in targets.items():
        asked = {"resamples": sanity["bootstrap"], "seed": [sanity["seed"]]}
        scored = scored_maps(maps, untrained, place, network_free, **asked)
        rows += _named(name, effect, compared(scored, place.chance))
    return rows


def by_subject(name, maps, untrained, targets):
    """Rows (dicts) of BY_SUBJECT: the scores of each subject's map, and of the untrained network's of that subject."""
    rows = []
    for effect, place in targets.items():
        subjects, own = subject_maps(maps, place.region)
        shared, other = subject_maps(untrained, place.region)
        others = dict(zip(shared, subject_scores(other, place), strict=True))
        nothing = np.full(len(MEASURES), np.nan)
        for subject, values in zip(subjects, subject_scores(own, place), strict=True):
            about = {"method": name, "effect": effect, "subject": subject}
            for measure, value, beside in zip(MEASURES, values, others.get(subject, nothing), strict=True):
                rows.append(about | {"measure": measure, "value": value, "untrained": beside})
    return rows


def in_own_spaces(names, effects):
    """Rows of ROWS without a number: no scan lies where the truth is known."""
    return [row for name in names for effect in effects for row in _named(name, effect, nothing_compared())]


def _named(name, effect, rows):
    return [{"method": name, "effect": effect, **row} for row in rows]
