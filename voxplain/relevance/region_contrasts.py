"""The comparison of subjects region by region of an atlas: fewer tests than voxels, each of them with a name."""

from dataclasses import replace

import numpy as np
import pandas as pd

from voxplain.errors import InputError
from voxplain.relevance.atlas import on_grid
from voxplain.relevance.permutation import compare

COLUMNS = ["index", "region", "voxels", "effect", "t", "p", "p_corrected", "q"]


def compare_regions(maps, design, atlas, *, permutations=1000, seed=1):
    """A row for each region of ``atlas`` in the mask of the `SubjectMaps` ``maps``, the rarest first.

    Compared are the mean values of each region, by the `Design` and the permutations of `compare`: ``effect`` in the
    maps' unit a voxel, ``t``, two-sided ``p``, ``p_corrected`` for all regions by the largest |t| of every permutation,
    and the false discovery rate ``q``. InputError where the atlas lies elsewhere or no region is in the mask.
    """
    labels = on_grid(atlas, maps.mask.shape, maps.affine).labels[maps.mask]
    found, place, counts = np.unique(labels, return_inverse=True, return_counts=True)
    named = found > 0
    if not named.any():
        raise InputError("atlas: no region in the mask that the networks see; give an atlas in the maps' space")
    means = np.array([np.bincount(place.ravel(), one, len(found)) / counts for one in maps.values])[:, named]
    regions = replace(maps, values=means, mask=np.ones((named.sum(), 1, 1), bool))
    contrast = compare(regions, design, test="voxel", permutations=permutations, seed=seed)
    columns = {
        "index": found[named],
        "region": [atlas.names[int(index)] for index in found[named]],
        "voxels": counts[named],
        "effect": contrast.effect.ravel(),
        "t": contrast.t.ravel(),
        "p": contrast.p.ravel(),
        "p_corrected": contrast.p_test.ravel(),
        "q": contrast.q.ravel(),
    }
    table = pd.DataFrame(columns)[COLUMNS]
    rarest = table.assign(size=-table["t"].abs()).sort_values(["p_corrected", "size"], kind="stable").index
    return table.loc[rarest].reset_index(drop=True)
