"""Rank the regions of an atlas by how much of one method's maps lies in them, for every group and subject."""

import logging
import re

import pandas as pd

from voxplain.attribution.maps import read_maps
from voxplain.relevance.asymmetry import COLUMNS as SIDES
from voxplain.relevance.asymmetry import asymmetry
from voxplain.relevance.atlas import on_grid, read_atlas
from voxplain.relevance.brain import brain_of_maps
from voxplain.relevance.further_groups import further_groups
from voxplain.relevance.map_rows import grouped_rows
from voxplain.relevance.read_whole import whole_maps
from voxplain.relevance.region_ranks import GAINS, RANKED, region_gains
from voxplain.relevance.region_ranks import rank_regions as ranks_of_group
from voxplain.relevance.regions import region_profiles, subject_regions
from voxplain.relevance.tables import joined, write_table
from voxplain.runtime import rule_log

SUBJECTS = ["subject", "index", "region", "voxels", "share", "density", "enrichment", "rank"]
EMPTY = {"regions": ["group", *RANKED], "gains": ["group", "against", *GAINS], "sides": ["group", *SIDES]}
EMPTY |= {"subjects": SUBJECTS}
# A class, all of it or those told rightly or wrongly, is held against the same of class 0
COUNTERPART = re.compile(r"^class[1-9]\d*")

log = logging.getLogger("voxplain")


def rank_regions(paths, image, table, mask, *, relevance, scans=None):
    """``{name: data frame}``: ``regions`` and ``sides`` for every group, ``gains`` between classes, ``subjects``.

    ``image`` and ``table`` are an atlas as it was prepared, ``mask`` the template's brain, ``relevance`` the section of
    the settings, ``scans`` the table of all scans. Maps are divided by their split's mean norm, so that densities of
    subjects from different networks have one unit. Of maps that share no space the tables are empty.
    """
    sources = [read_maps(path) for path in paths]
    brain = brain_of_maps(mask, sources)
    if brain is None:
        log.warning("the volumes were not registered: each map is in its own space, and no region is told")
        return {name: pd.DataFrame(columns=columns) for name, columns in EMPTY.items()}
    maps = whole_maps(sources, brain)
    atlas = on_grid(read_atlas(image, table), brain.shape, sources[0].affine)
    profiles = region_profiles(maps, atlas, maps.inside, maps.scale)
    ranked = profiles
    if relevance["merge_sides"]:
        ranked = region_profiles(maps, atlas.merged(), maps.inside, maps.scale)
    groups = grouped_rows(maps.rows, relevance["groups"]) | further_groups(sources, scans, relevance["by"])[0]
    subjects, drawn = maps.rows["subject"], {"resamples": relevance["bootstrap"], "seed": relevance["seed"]}
    tables = {name: [pd.DataFrame(columns=columns)] for name, columns in EMPTY.items()}
    for group, inside in groups.items():
        tables["regions"].append(ranks_of_group(ranked, subjects, inside, **drawn).assign(group=group))
        tables["sides"].append(asymmetry(profiles, subjects, inside, **drawn).assign(group=group))
        if (against := COUNTERPART.sub("class0", group)) != group and against in groups:
            gains = region_gains(ranked, subjects, inside, groups[against], **drawn)
            tables["gains"].append(gains.assign(group=group, against=against))
    tables["subjects"].append(subject_regions(ranked, subjects))
    return {name: joined(parts) for name, parts in tables.items()}


if __name__ == "__main__":
    with rule_log(snakemake):
        given = snakemake.input
        tables = rank_regions(
            given.maps,
            given.atlas,
            given.table,
            given.mask,
            relevance=snakemake.params.relevance,
            scans=given.get("scans"),
        )
        for name, table in tables.items():
            write_table(snakemake.output[name], table)
