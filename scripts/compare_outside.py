"""Hold group maps against a map of others, and against random maps as smooth as it."""

import logging

import nibabel
import numpy as np
import pandas as pd

from voxplain.attribution.maps import read_maps
from voxplain.errors import InputError
from voxplain.relevance.brain import brain_of_maps
from voxplain.relevance.map_rows import seen_by_any
from voxplain.relevance.outside_map import COLUMNS, outside_agreement, outside_on_grid
from voxplain.relevance.tables import write_table
from voxplain.runtime import progress, rule_log

log = logging.getLogger("voxplain")


def compare_outside(means, paths, mask, outside, *, surrogates, seed):
    """The rows of `outside_agreement` for each group of ``means``, ``{group: file of its mean}``.

    ``paths`` are the files of maps that were averaged, which say what the networks see; ``mask`` is the template's
    brain; ``outside`` a NIfTI file in the template's space. A group without subjects has a row with its reason and no
    number, as have all where maps share no space.
    """
    sources = [read_maps(path) for path in paths]
    brain = brain_of_maps(mask, sources)
    if brain is None:
        log.warning("the volumes were not registered: group maps are not in the space of %s", outside)
        return pd.DataFrame(columns=["group", *COLUMNS])
    carried = outside_on_grid(outside, brain.shape, sources[0].affine, brain)
    seen = seen_by_any(sources, brain.shape)
    inside = brain if seen is None else brain & seen
    tables = []
    for group, path in progress(means.items(), label="outside", total=len(means)):
        values = np.asarray(nibabel.load(path).dataobj, np.float32)
        try:
            if values[inside].min() == values[inside].max():
                raise InputError("the group's map is the same everywhere, as that of a group without subjects")
            asked = {"surrogates": surrogates, "seed": seed}
            found = outside_agreement(values, carried, inside, sources[0].affine, **asked)
        except InputError as fault:
            found = pd.DataFrame([{"note": str(fault)}]).reindex(columns=COLUMNS)
        tables.append(found.assign(group=group))
    return pd.concat(tables, ignore_index=True)[["group", *COLUMNS]]


if __name__ == "__main__":
    with rule_log(snakemake):
        given, relevance = snakemake.input, snakemake.params.relevance
        table = compare_outside(
            dict(zip(relevance["groups"], given.means, strict=True)),
            given.maps,
            given.mask,
            given.outside,
            surrogates=relevance["statistics"]["surrogates"],
            seed=relevance["seed"],
        )
        write_table(snakemake.output.agreement, table)
