"""Average one method's heatmaps over groups of subjects, each subject counted once.

Every group gets its image: that of a group without anybody is zero everywhere, and ``groups.tsv`` says so.
"""

import pandas as pd

from voxplain.attribution.maps import read_maps
from voxplain.relevance.averages import group_averages
from voxplain.runtime import rule_log, written_whole
from voxplain.volumes.volume import Volume, save_volume

COLUMNS = ["group", "scans", "subjects", "note"]
OWN_SPACE = "the volumes were not registered: an average of voxels with the same number, not of the same anatomy"


def average_maps(paths, groups):
    """``{group: Average}``, the affine of the maps, and a table with the size of each group and what is to be known."""
    sources = [read_maps(path) for path in paths]
    averages = group_averages(sources, groups, sources[0].maps.shape[1:])
    own = any(one.affines is not None for one in sources)
    rows = [(group, one.scans, one.subjects, _noted(one.note, own)) for group, one in averages.items()]
    return averages, sources[0].affine, pd.DataFrame(rows, columns=COLUMNS)


def _noted(note, own):
    return "; ".join(filter(None, [note, OWN_SPACE if own else ""]))


if __name__ == "__main__":
    with rule_log(snakemake):
        groups = snakemake.params.groups
        averages, affine, table = average_maps(snakemake.input.maps, groups)
        for group, path in zip(groups, snakemake.output.means, strict=True):
            save_volume(path, Volume(averages[group].mean, affine))
        with written_whole(snakemake.output.groups) as path:
            table.to_csv(path, sep="\t", index=False)
