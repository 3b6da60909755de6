"""The section on groups: regions, agreement of maps, and what statistics allow to say."""

from voxplain.report.agreement import agreement_blocks
from voxplain.report.blocks import Heading, Section
from voxplain.report.comparisons import comparison_blocks
from voxplain.report.regions import region_blocks
from voxplain.report.trust import outside_blocks, stability_blocks, subtype_blocks

READING = (
    "Dots to the right hold more of a map's absolute relevance; a large one holds much by its size alone, so look at "
    "how many times that it holds.",
    "Every number is over subjects, each counted once, and holds for these networks; networks trained anew may differ, "
    "which the maps of other seeds show where there are any.",
)
PARTS = {
    "Regions": region_blocks,
    "Agreement": agreement_blocks,
    "Trained again": stability_blocks,
    "Differences between subjects": comparison_blocks,
    "Maps of others": outside_blocks,
    "Kinds of subjects": subtype_blocks,
}


def section(results):
    """The section, part by part for every experiment; None where the stage left nothing of all this."""
    first, blocks = None, []
    for title, part in PARTS.items():
        found = [block for experiment in results.experiments for block in part(results, experiment)]
        if not found:
            continue
        if first is None and found[0].kind == "figure":
            first = found.pop(0)
        blocks += [Heading(title), *found]
    if not blocks:
        return None
    return Section("groups", "Groups", READING, first, blocks)
