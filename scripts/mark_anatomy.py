"""Mark where the literature expects a difference: some regions of an atlas, on the template's grid."""

import logging

from voxplain.relevance.atlas import read_atlas
from voxplain.runtime import rule_log
from voxplain.sanity.expected import expected_anatomy
from voxplain.volumes.volume import Volume, save_volume

log = logging.getLogger("voxplain")


def mark_anatomy(image, table, regions):
    """1 in the voxels of the ``regions`` of an atlas as it was prepared, 0 elsewhere, a `Volume`.

    ``image`` and ``table`` are its files; see `expected_anatomy` for the names of regions.
    """
    atlas = read_atlas(image, table)
    marked = expected_anatomy(atlas, regions)
    if not marked.any():
        log.warning("%s has no voxel on the study's grid; nothing is localised there", ", ".join(regions or ["atlas"]))
    return Volume(marked, atlas.affine)


if __name__ == "__main__":
    with rule_log(snakemake):
        asked = snakemake.params.expected
        marked = mark_anatomy(snakemake.input.atlas, snakemake.input.table, asked.get("regions"))
        save_volume(snakemake.output.marked, marked)
