"""Masks of the voxels that maps call relevant, and masks of the same size that know nothing of any map.

After Kan et al. 2020, who showed held-out scans through the mean mask of each class; there every scan had been seen in
training. Here the maps of one split's mask are of scans that the split does not hold out, by its own network.
"""

import numpy as np

from voxplain.sanity.references import edges, matched_random_maps

JOINT = "joint"


def drawn_of(rows, number, seed):
    """At most ``number`` of ``rows`` (scan, label), all where it is None, in the order of their scans.

    Every label is drawn alike as far as there are any, of labels that are many, as amounts are, from all. ``seed`` is a
    sequence of integers; rows that are not given decide on nothing.
    """
    known = rows.sort_values("scan", ignore_index=True)
    if number is None or number >= len(known):
        return known
    drawn = known.iloc[np.random.default_rng(seed).permutation(len(known))]
    if known["label"].nunique() <= number:
        drawn = drawn.iloc[np.argsort(drawn.groupby("label").cumcount().to_numpy(), kind="stable")]
    return drawn.iloc[:number].sort_values("scan", ignore_index=True)


def mask_maps(maps, labels, classes):
    """``{name: (x, y, z)}``: how relevant each voxel is to each class, and to all of them, ``joint``.

    ``maps`` yields a map (x, y, z) for each of ``labels``. That of a class, ``class0`` and so on, is the absolute value
    of the mean over its scans; ``joint`` is the sum of these. Without ``classes``, which a regression has not, there is
    ``joint`` alone, of all scans. A map that is not finite is left out; a class without one has none.
    """
    sums, numbers = {}, {}
    for one, label in zip(maps, labels, strict=True):
        name = f"class{int(label)}" if classes else JOINT
        if np.isfinite(one).all():
            sums[name] = sums.get(name, 0) + np.asarray(one, np.float64)
            numbers[name] = numbers.get(name, 0) + 1
    found = {name: np.abs(sums[name] / numbers[name]) for name in sorted(sums)}
    if classes and len(found) > 1:
        found[JOINT] = sum(found.values())
    return found


def strongest(values, region, share):
    """Voxels (x, y, z) bool: the ``share`` of those of ``region`` with the largest ``values``; None if all are alike.

    Among equal values it is the order of the voxels that decides, so that the number is always the same.
    """
    inside = np.asarray(values)[region]
    if not len(inside) or not np.isfinite(inside).all() or inside.min() == inside.max():
        return None
    chosen = np.zeros(len(inside), bool)
    chosen[np.argsort(-inside, kind="stable")[: max(1, round(share * len(inside)))]] = True
    mask = np.zeros(region.shape, bool)
    mask[region] = chosen
    return mask


def masks_of(values, mean, region, share, *, random, seed):
    """``{name: (x, y, z) bool}`` of equal size: those of ``values`` (`mask_maps`), and what they stand beside.

    ``random1`` and so on are of ``random`` fields as smooth as the joint map, ``edges`` are those of the ``mean`` T1
    (x, y, z) of training scans, ``centre`` is what lies nearest to the middle of the ``region`` (x, y, z). A mask of a
    map that is constant is left out.
    """
    found = {name: strongest(one, region, share) for name, one in values.items()}
    if found.get(JOINT) is not None:
        for number, field in enumerate(matched_random_maps(values[JOINT], region, random, seed), 1):
            found[f"random{number}"] = strongest(field, region, share)
    found["edges"] = strongest(edges(mean), region, share)
    found["centre"] = strongest(-_from_middle(region), region, share)
    return {name: mask for name, mask in found.items() if mask is not None}


def _from_middle(region):
    places = np.indices(region.shape, dtype=np.float64)
    middle = places[:, region].mean(axis=1) if region.any() else np.zeros(3)
    return ((places - middle.reshape(3, 1, 1, 1)) ** 2).sum(axis=0)
