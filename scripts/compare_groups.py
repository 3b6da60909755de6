"""Test where maps of subjects differ by a column of the table, among those that the same network judged."""

import json
import logging
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from voxplain.attribution.maps import read_maps
from voxplain.cohort.folds import read_folds
from voxplain.errors import InputError
from voxplain.relevance import region_contrasts
from voxplain.relevance.atlas import read_atlas
from voxplain.relevance.brain import brain_of_maps
from voxplain.relevance.cluster_table import COLUMNS, cluster_table
from voxplain.relevance.designs import design
from voxplain.relevance.further_groups import read_scans
from voxplain.relevance.permutation import compare
from voxplain.relevance.seeds import t_of_seeds
from voxplain.relevance.subject_maps import subject_maps
from voxplain.relevance.tables import write_table
from voxplain.runtime import rule_log, written_whole
from voxplain.volumes.volume import Volume, save_volume

IMAGES = ("effect", "t", "p", "q", "p_voxel", "p_test")
OUTSIDE = {"effect": 0, "t": 0}

log = logging.getLogger("voxplain")


def compare_groups(paths, mask, scans, folds, contrast, *, statistics, seed, atlas=None, scratch=None):
    """``{image: (x, y, z)}``, the affine, tables of ``clusters`` and ``regions``, and what is to be known of all that.

    ``contrast`` has the column ``tested`` and ``covariates``, of the table ``scans``; ``folds`` says who is never
    divided; ``statistics`` is that section of the settings. A comparison that the study does not allow, such as one of
    a single subject, leaves images in which nothing is found, and its reason in the dictionary as ``undefined``.
    """
    sources = [read_maps(path) for path in paths]
    shape, affine = sources[0].maps.shape[1:], sources[0].affine
    try:
        brain = brain_of_maps(mask, sources)
        if brain is None:
            raise InputError("the volumes were not registered: maps of different scans cannot be compared")
        return _compared(sources, brain, scans, folds, contrast, statistics, seed, atlas, scratch)
    except InputError as fault:
        log.warning("nothing is compared: %s", fault)
        images = {name: np.full(shape, OUTSIDE.get(name, 1), np.float32) for name in IMAGES}
        tables = {"clusters": pd.DataFrame(columns=COLUMNS), "regions": pd.DataFrame(columns=region_contrasts.COLUMNS)}
        return images, affine, tables, contrast | {"undefined": str(fault)}


def _compared(sources, brain, scans, folds, contrast, statistics, seed, atlas, scratch):
    table, groups, affine = read_scans(scans), read_folds(folds).groups, sources[0].affine
    asked = contrast["tested"], contrast.get("covariates", [])
    with TemporaryDirectory(dir=scratch) as folder:
        maps = subject_maps(sources, brain, Path(folder) / "subjects.npy")
        designed = design(maps, table, *asked, groups)
        drawn = {"permutations": statistics["permutations"], "seed": seed}
        found = compare(maps, designed, test=statistics["test"], threshold=statistics["threshold"], **drawn)
        regions = pd.DataFrame(columns=region_contrasts.COLUMNS)
        if atlas is not None:
            regions = region_contrasts.compare_regions(maps, designed, atlas, **drawn)
        of_seeds = t_of_seeds(sources, brain, Path(folder) / "seed.npy", table, *asked, groups)
    clusters = cluster_table(found, affine, atlas, statistics["alpha"], list(of_seeds.values()))
    tables = {"clusters": clusters, "regions": regions}
    about = contrast | {"asked": found.asked, "test": found.test, "threshold": found.threshold}
    about |= {"subjects": found.subjects, "permutations": found.permutations, "notes": found.notes}
    return {name: getattr(found, name) for name in IMAGES}, affine, tables, about | {"alpha": statistics["alpha"]}


if __name__ == "__main__":
    with rule_log(snakemake):
        given, asked, left = snakemake.input, snakemake.params, snakemake.output
        images, affine, tables, about = compare_groups(
            given.maps,
            given.mask,
            given.scans,
            given.folds,
            asked.contrast,
            statistics=asked.relevance["statistics"],
            seed=asked.relevance["seed"],
            atlas=read_atlas(given.atlas[0], given.table[0]) if given.atlas else None,
            scratch=Path(left.clusters).parent,
        )
        for path, image in zip(left.images, images.values(), strict=True):
            save_volume(path, Volume(image, affine))
        for name, table in tables.items():
            write_table(left[name], table)
        with written_whole(left.summary) as path:
            path.write_text(json.dumps(about, indent=1, sort_keys=True) + "\n")
