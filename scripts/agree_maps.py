"""Measure how alike the maps of methods, splits, seeds and subjects are."""

import logging

import numpy as np
import pandas as pd

from voxplain.attribution.maps import read_maps
from voxplain.relevance.brain import brain_of_maps
from voxplain.relevance.kinds_of_agreement import COLUMNS, Compared, all_agreement
from voxplain.relevance.read_whole import whole_maps
from voxplain.relevance.tables import write_table
from voxplain.runtime import rule_log

log = logging.getLogger("voxplain")


def agree_maps(paths, mask, methods, relevance):
    """The table of `all_agreement`; ``paths`` are the files of each of ``methods`` in turn.

    Maps are compared inside the template's ``mask`` where networks see; of maps that share no space, only those of one
    scan could be, and the table is empty. ``relevance`` has the keys agreement, top and seed of the settings.
    """
    share, sources = len(paths) // len(methods), [read_maps(path) for path in paths]
    brain = brain_of_maps(mask, sources)
    if brain is None or not brain.any():
        log.warning("the volumes were not registered: maps of different scans cannot be compared")
        return pd.DataFrame(columns=COLUMNS)
    own = {name: whole_maps(sources[number * share :][:share], brain) for number, name in enumerate(methods)}
    inside = np.all([maps.inside for maps in own.values()], axis=0)
    compared = Compared(inside, sources[0].affine, relevance["agreement"], relevance["top"], relevance["seed"])
    return all_agreement(own, compared)


if __name__ == "__main__":
    with rule_log(snakemake):
        asked = snakemake.params
        table = agree_maps(snakemake.input.maps, snakemake.input.mask, asked.methods, asked.relevance)
        write_table(snakemake.output.agreement, table)
