"""One map a subject, kept in a file of its own, so that statistics need no memory for the cohort."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from voxplain.errors import InputError
from voxplain.networks.boxes import in_box
from voxplain.relevance.first_look import first_look
from voxplain.relevance.map_rows import card_of, map_rows, subjects_of
from voxplain.relevance.open_maps import OpenMaps
from voxplain.training.scores.columns import repeats_of

BLOCK_BYTES = 2**23  # so that a block stays in the processor's cache


@dataclass(frozen=True, eq=False)
class SubjectMaps:
    """Maps of subjects inside a mask, ``values`` (subjects, voxels) float32 on disk, and the networks they came from.

    ``mask`` (x, y, z) bool on the grid of ``affine`` holds the voxels in their order; ``scans`` lists each subject's;
    ``shares`` (subjects, splits) says which part of a subject's maps each of ``splits`` made; ``strata`` names, for
    each subject, the split of the first repeat that held it out; ``seeds`` are the trainings of a split that went into
    the maps; ``signed`` is False where no map has a negative value; ``undefined`` counts maps that were not finite and
    are left out.
    """

    values: np.ndarray
    mask: np.ndarray
    affine: np.ndarray
    subjects: list
    scans: list
    splits: list
    shares: np.ndarray
    strata: list
    seeds: list
    signed: bool
    undefined: int

    def blocks(self, rows, least=1):
        """Yield ``(voxels, values)``: a slice of voxels and the maps of the subjects at ``rows`` there, float64.

        A block is as narrow as ``least`` rows would need to be, if these are more.
        """
        wide = max(1, BLOCK_BYTES // (8 * max(1, len(rows), least)))
        for start in range(0, self.values.shape[1], wide):
            voxels = slice(start, min(start + wide, self.values.shape[1]))
            yield voxels, np.asarray(self.values[:, voxels])[rows].astype(np.float64)

    def volume(self, values):
        """``values`` (voxels,) of the mask as a volume (x, y, z) float32, zero elsewhere."""
        whole = np.zeros(self.mask.shape, np.float32)
        whole[self.mask] = values
        return whole


def subject_maps(sources, mask, path, scaled=True, seed=None):
    """The `SubjectMaps` of ``sources`` (what `read_maps` returns), written to the scratch file ``path``, map by map.

    A subject's map is the mean of its maps (visits, repeats, seeds), each divided by its network's mean norm inside
    the mask where ``scaled``; see `first_look`. ``mask`` (x, y, z) is cut to the voxels that every network sees. With
    ``seed``, only that training's maps count.
    Raises InputError for an empty mask, for maps of another shape, without any map, and for maps about different
    classes, which cannot be compared.
    """
    sources = [one for one in sources if len(one.scan) and seed in (None, card_of(one).get("seed", 0))]
    if not sources:
        raise InputError("no map of any scan; explain the splits first")
    _refuse_other_targets(sources)
    mask = _seen(sources, np.asarray(mask) > 0)
    rows, inside = map_rows(sources), np.flatnonzero(mask)
    splits = sorted(set(rows["split"]))
    kept, scans, shares, negative = [], [], [], False
    with OpenMaps(sources, rows) as maps:
        look = first_look(maps, rows, mask.ravel())
        scale = look.scale if scaled else np.ones(len(rows))
        of_subjects = subjects_of(rows, look.finite)
        values = np.lib.format.open_memmap(path, "w+", np.float32, (len(of_subjects), len(inside)))
        for place, (subject, numbers) in enumerate(of_subjects):
            total = np.zeros(len(inside))
            for number in numbers:
                one = maps.block([number], 0, mask.size)[0, inside]
                negative = negative or bool((one < 0).any())
                total += one.astype(np.float64) / scale[number]
            values[place] = total / len(numbers)
            own = rows.iloc[numbers]
            kept.append(str(subject))
            scans.append(sorted(set(own["scan"])))
            shares.append([(own["split"] == split).mean() for split in splits])
    values.flush()
    shares = np.array(shares).reshape(len(kept), len(splits))
    affine, seeds = getattr(sources[0], "affine", np.eye(4)), sorted(set(rows["seed"].tolist()))
    undefined, strata = int((~look.finite).sum()), _strata(splits, shares)
    return SubjectMaps(values, mask, affine, kept, scans, splits, shares, strata, seeds, negative, undefined)


def _refuse_other_targets(sources):
    about = {int(target) for source in sources for target in getattr(source, "target", [])}
    if len(about) > 1:
        raise InputError(
            f"maps about the classes {', '.join(map(str, sorted(about)))}: subjects can be compared about one only; "
            "set target: 1 for the method"
        )


def _seen(sources, mask):
    for source in sources:
        if source.maps[0].shape != mask.shape:
            shapes = f"map of shape {source.maps[0].shape} but a mask of {mask.shape}"
            raise InputError(f"{source.scan[0]}: {shapes}; give the mask of the same template")
        if box := card_of(source).get("seen"):
            mask = mask & in_box(box, mask.shape)
    if not mask.any():
        raise InputError("mask: no voxel inside that the networks see; give the mask of the same template")
    return mask


def _strata(splits, shares):
    """The splits of the first repeat that each subject was held out by."""
    repeats = repeats_of(pd.DataFrame({"split": splits}, dtype=object)) if splits else []
    first = np.array([repeat == min(repeats) for repeat in repeats], bool)
    return [" ".join(np.array(splits, object)[first & (row > 0)]) for row in shares]
