"""Hierarchical occlusion: how much the score drops when segments of a nested segmentation are covered.

The sensitivity analysis by three-dimensional ultrametric contour maps (SA-3DUCM) of Yang, Rangarajan, Ranka 2018,
arXiv 1803.02544.
"""

from itertools import pairwise

import torch

from voxplain.attribution.boundaries import boundary_strength
from voxplain.attribution.drops import score_drops
from voxplain.attribution.fills import fills
from voxplain.attribution.foreground import foreground
from voxplain.attribution.hierarchy import nested_segments
from voxplain.attribution.labels import label_covers, numbered, whole_labels
from voxplain.attribution.memory import MAX_MEMORY_GB
from voxplain.attribution.notes import note
from voxplain.errors import InputError, SettingsError
from voxplain.networks.options import whole_number


def hierarchical_occlusion(
    question,
    volumes,
    *,
    segments=None,
    mask=None,
    levels=12,
    finest=800,
    coarsest=3,
    smallest=20,
    radii=(2, 4, 6),
    fill=0.0,
    seed=0,
    positive=False,
    max_memory_gb=MAX_MEMORY_GB,
):
    """Mean over the levels of the drop of the score when a voxel's segment is covered, the same for each channel.

    map(v) = 1/L sum_l score(x) - score(x without the segment of level l that holds v), so positive is evidence for.
    Each volume has a hierarchy of its own: basins of its `boundary_strength` with ``radii``, cut into `nested_segments`
    (``levels``, ``finest``, ``coarsest``, ``smallest``); or ``segments`` gives one, whole numbers (levels, *spatial) or
    (batch, levels, *spatial), finest first, 0 for background. A level that repeats another counts once. Background
    (`foreground`, or what is not in ``mask``) gets 0. ``fill``, ``seed``, ``positive`` (of the map), ``max_memory_gb``
    are as in `occlusion`. A segment that several levels share costs one pass. Notes ``levels`` and ``segments``, how
    many each volume has. Raises InputError when a mask or segments do not fit, or are not nested.
    """
    counts = {"levels": levels, "finest": finest, "coarsest": coarsest, "smallest": smallest}
    counts = {name: whole_number(name, value) for name, value in counts.items()}
    radii = [whole_number("radii", one) for one in (radii if isinstance(radii, list | tuple) else [radii])]
    if not radii:
        raise SettingsError("radii are empty; give at least one radius in voxels")
    if segments is None:
        inside = foreground(volumes, mask)
        hierarchies = [_own_hierarchy(*one, radii, counts) for one in zip(volumes, inside, strict=True)]
    elif mask is None:
        hierarchies = _given_hierarchies(segments, volumes)
    else:
        raise SettingsError("mask is given with segments; label as 0 in the segments what is background")
    hierarchies = [_unique_levels(one) for one in hierarchies]
    covers = [_covers(one) for one in hierarchies]
    parts = [list(one.values()) for one in covers]
    drops = score_drops(question, volumes, parts, fills(fill, volumes, seed), max_memory_gb)
    note("levels", [len(one) for one in hierarchies])
    note("segments", [len(one) for one in covers])
    maps = torch.stack([_mean_drop(*one, volumes) for one in zip(hierarchies, covers, drops, strict=True)])
    return (maps.clamp(min=0) if positive else maps)[:, None].expand_as(volumes).clone()


def _own_hierarchy(volume, inside, radii, counts):
    strength = boundary_strength(volume, inside, radii).numpy()
    values = volume.detach().to("cpu", torch.float64).numpy()
    return torch.from_numpy(nested_segments(strength, inside.cpu().numpy(), values, **counts)).to(volume.device)


def _given_hierarchies(segments, volumes):
    """``segments`` as (batch, levels, *spatial)."""
    segments = whole_labels("segments", segments)
    spatial, shape = volumes.shape[2:], tuple(segments.shape)
    if segments.dim() == 1 + len(spatial):
        segments = segments.expand(len(volumes), *shape)
    fits = segments.dim() == 2 + len(spatial) and segments.shape[2:] == spatial and segments.shape[1]
    if not fits or len(segments) != len(volumes):
        raise InputError(f"segments have shape {shape}, volumes {tuple(spatial)}; give labels (levels, *spatial)")
    return segments.to(volumes.device)


def _unique_levels(labels):
    """``labels`` (levels, *spatial) without repeated levels, each segment named by its first voxel, from 1.

    Raises InputError when a segment is not a union of segments of the level before.
    """
    named = []
    for level in labels:
        names, numbers = numbered(level)
        numbers = numbers.flatten()
        at = torch.arange(1, len(numbers) + 1, device=level.device)
        first = torch.full_like(names, len(at)).scatter_reduce(0, numbers, at, "amin")
        level = torch.where(names == 0, 0, first)[numbers].view(level.shape)
        if not any(torch.equal(level, one) for one in named):
            named.append(level)
    for number, (fine, coarse) in enumerate(pairwise(named), 1):
        # a segment's name is a voxel of it, so that voxel's coarse segment must be that of all the others
        expected = torch.cat([coarse.new_zeros(1), coarse.flatten()])[fine]
        if not torch.equal(expected, coarse):
            raise InputError(
                f"segments: level {number} is no union of segments of level {number - 1}; nest levels, finest first"
            )
    return torch.stack(named)


def _covers(levels):
    """A ``Cover`` for each segment by its name and its size, once however many levels share it."""
    covers = {}
    for level in levels:
        names, at = numbered(level)
        keys = [key for key in zip(names.tolist(), at.flatten().bincount().tolist(), strict=True) if key[0]]
        for key, cover in zip(keys, label_covers(level), strict=True):
            covers.setdefault(key, cover)
    return covers


def _mean_drop(levels, covers, drops, volumes):
    total = volumes.new_zeros(levels.shape[1:])
    numbers = {key: number for number, key in enumerate(covers)}
    for level in levels:
        names, at = numbered(level)
        chosen = [numbers.get(key, -1) for key in zip(names.tolist(), at.flatten().bincount().tolist(), strict=True)]
        # the background, which is no segment, takes the nothing at the end
        total += torch.cat([drops, drops.new_zeros(1)])[torch.tensor(chosen, device=drops.device)][at]
    return total / len(levels)
