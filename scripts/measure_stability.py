"""Measure how alike the maps are that networks of one split, trained from other seeds, make of the same scan."""

import logging

import pandas as pd

from voxplain.attribution.maps import read_maps
from voxplain.relevance.brain import brain_of_maps
from voxplain.relevance.stability import COLUMNS, stability_summary, stability_table
from voxplain.relevance.tables import write_table
from voxplain.runtime import rule_log

log = logging.getLogger("voxplain")


def measure_stability(paths, mask, *, top, bootstrap, seed):
    """The tables of `stability_table` and `stability_summary` of the maps in ``paths``, inside the template's ``mask``.

    Where maps share no space those of one scan could be compared but not those of subjects: the tables are empty then.
    """
    sources = [read_maps(path) for path in paths]
    brain = brain_of_maps(mask, sources)
    if brain is None:
        log.warning("the volumes were not registered: stability is not measured")
        table = pd.DataFrame(columns=COLUMNS)
    else:
        table = stability_table(sources, brain, top)
    return table, stability_summary(table, bootstrap, seed)


if __name__ == "__main__":
    with rule_log(snakemake):
        given, left = snakemake.input, snakemake.output
        table, summary = measure_stability(given.maps, given.mask, **snakemake.params.relevance)
        write_table(left.stability, table)
        write_table(left.summary, summary)
