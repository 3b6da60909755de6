"""Look for kinds of subjects whose maps lie in different regions, and say how sure their number is."""

import logging

import pandas as pd

from voxplain.attribution.maps import read_maps
from voxplain.relevance.atlas import on_grid, read_atlas
from voxplain.relevance.brain import brain_of_maps
from voxplain.relevance.groups import is_amount
from voxplain.relevance.heterogeneity import CENTRES, CHOICE, MEMBERS
from voxplain.relevance.heterogeneity import find_subtypes as subtypes_of
from voxplain.relevance.map_rows import grouped_rows
from voxplain.relevance.read_whole import whole_maps
from voxplain.relevance.regions import region_profiles
from voxplain.relevance.tables import joined, write_table
from voxplain.runtime import rule_log

TABLES = {"members": MEMBERS, "choice": CHOICE, "centres": CENTRES}
SUMMARY = ["group", "number", "p", "sentence"]

log = logging.getLogger("voxplain")


def find_subtypes(paths, image, table, mask, relevance):
    """``{name: data frame}`` of `Subtypes`, each class of its own: ``summary``, ``members``, ``choice``, ``centres``.

    Of all subjects together classes would be the kinds that are found; of amounts, which have no class, there is one
    group. ``image`` and ``table`` are an atlas as it was prepared, ``mask`` the template's brain, ``relevance`` has
    subtypes, merge_sides and seed of the settings. Where maps share no space the tables are empty.
    """
    sources = [read_maps(path) for path in paths]
    found = {name: [pd.DataFrame(columns=["group", *columns])] for name, columns in TABLES.items()}
    summary = []
    brain = brain_of_maps(mask, sources)
    if brain is None:
        log.warning("the volumes were not registered: no region is told, and no kind of subjects looked for")
    else:
        maps = whole_maps(sources, brain)
        atlas = on_grid(read_atlas(image, table), brain.shape, sources[0].affine)
        profiles = region_profiles(maps, atlas.merged() if relevance["merge_sides"] else atlas, maps.inside)
        for group, inside in grouped_rows(maps.rows, _classes(maps.rows)).items():
            whose = maps.rows["subject"], maps.rows["split"], inside
            one = subtypes_of(profiles, *whose, most=relevance["subtypes"], seed=relevance["seed"])
            summary.append({"group": group, "number": one.number, "p": one.p, "sentence": one.sentence})
            for name in TABLES:
                found[name].append(getattr(one, name).assign(group=group))
    together = {name: joined(tables) for name, tables in found.items()}
    return {"summary": pd.DataFrame(summary, columns=SUMMARY)} | together


def _classes(rows):
    return ["all"] if is_amount(rows["label"]) else [f"class{label}" for label in sorted(set(rows["label"]))]


if __name__ == "__main__":
    with rule_log(snakemake):
        given, relevance = snakemake.input, snakemake.params.relevance
        for name, table in find_subtypes(given.maps, given.atlas, given.table, given.mask, relevance).items():
            write_table(snakemake.output[name], table)
