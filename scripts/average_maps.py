"""Average one method's heatmaps over groups of subjects, each subject counted once.

Every group gets its images: those of a group without anybody are zero everywhere, and ``groups.tsv`` says so.
"""

from pathlib import Path

import pandas as pd

from voxplain.attribution.maps import read_maps
from voxplain.relevance.average_files import save_images, save_together
from voxplain.relevance.averages import group_averages
from voxplain.relevance.brain import OWN_SPACE, brain_of_maps, in_own_space
from voxplain.relevance.further_groups import further_groups
from voxplain.runtime import rule_log, written_whole

COLUMNS = ["group", "images", "scans", "subjects", "note"]
FURTHER = "further"


def average_maps(paths, groups, mask=None, scans=None, by=None, top=0.05):
    """``{group: Average}``, the affine of the maps, and a table with the size of each group and what is to be known.

    ``mask`` is the file of the template's brain, ``scans`` the table of all scans, whose columns ``by`` part them into
    further groups. ``images`` in the table is how the names of a group's images begin.
    """
    sources = [read_maps(path) for path in paths]
    further, notes = further_groups(sources, scans, by or {})
    brain = brain_of_maps(mask, sources) if mask else None
    shape = sources[0].maps.shape[1:]
    averages = group_averages(sources, groups, shape, further=further, mask=brain, top=top)
    own = OWN_SPACE if in_own_space(sources) else ""
    rows = [
        {"group": group, "images": f"{FURTHER}/group-{group}" if group in further else f"group-{group}"}
        | {"scans": one.scans, "subjects": one.subjects}
        | {"note": "; ".join(filter(None, [one.note, notes.get(group), own]))}
        for group, one in averages.items()
    ]
    return averages, sources[0].affine, pd.DataFrame(rows, columns=COLUMNS)


def save_averages(groups, npz, averages, affine, table):
    """Leave the images beside the table ``groups``, those of further groups in a folder there, and all in ``npz``."""
    for row in table.itertuples():
        save_images((groups.parent / row.images).parent, row.group, averages[row.group], affine)
    save_together(npz, averages, affine)
    with written_whole(groups) as path:
        table.to_csv(path, sep="\t", index=False)


if __name__ == "__main__":
    with rule_log(snakemake):
        given, asked = snakemake.input, snakemake.params
        averages, affine, table = average_maps(
            given.maps, asked.groups, given.mask, given.get("scans"), asked.by, asked.top
        )
        save_averages(Path(snakemake.output.groups), snakemake.output.together, averages, affine, table)
