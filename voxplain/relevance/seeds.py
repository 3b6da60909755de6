"""A comparison made again with each training's own maps, for findings that hold for one training alone."""

from voxplain.relevance.contrasts import t_maps, true_order
from voxplain.relevance.designs import design
from voxplain.relevance.map_rows import card_of
from voxplain.relevance.subject_maps import subject_maps


def t_of_seeds(sources, mask, path, table, tested, covariates=(), groups=None, scaled=True):
    """``{seed: t (x, y, z) float32}`` of the comparison in the maps of each seed alone; empty where there is one seed.

    ``path`` is a scratch file, written anew for every seed; the other arguments are those of `subject_maps` and
    `design`.
    """
    seeds = sorted({card_of(source).get("seed", 0) for source in sources if len(source.scan)})
    found = {}
    for seed in seeds if len(seeds) > 1 else []:
        maps = subject_maps(sources, mask, path, scaled, seed)
        asked = design(maps, table, tested, covariates, groups)
        found[seed] = maps.volume(t_maps(maps, asked, true_order(asked))[0])
        del maps
    return found
