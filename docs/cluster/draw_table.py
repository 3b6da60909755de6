"""Write the table of resources.md: what jobs took in finished studies, and what they ask for.

``python -m docs.cluster.draw_table logs/demo`` after ``make demo``; of further folders, the rules that did not
run in the first are added.
"""

import sys
from pathlib import Path

from docs.cluster.measured import demo_settings, measured_jobs
from voxplain.settings.resources import NEEDS, Work, disk, megabytes, minutes, work_of

PAGE = Path(__file__).with_name("resources.md")
BEGIN, END = "<!-- table -->\n", "<!-- end -->\n"
# Of a job, where that is not the cohort: a shard, one of ten folds
SCANS_OF = dict.fromkeys(["extract_shard", "convert_shard", "prepare_shard"], 200)
SCANS_OF |= dict.fromkeys(["explain_split", "write_maps", "write_native_maps"], 112)
HEAD = ["rule", "jobs", "peak MB", "longest s", "asks MB", "min", "at 2 mm: MB", "min", "disk MB", "at 1 mm: MB"]


def table(measured):
    """The table in Markdown of ``{rule: what was measured}``."""
    settings = demo_settings()
    demo = work_of(settings, settings["cohort"]["made"]["subjects"], experiment="brain")
    held_mb = 1000 * settings["training"]["max_memory_gb"]
    lines = [HEAD, ["---"] + ["---:"] * (len(HEAD) - 1)]
    for rule in NEEDS:
        scans = SCANS_OF.get(rule, 1113)
        two, one = (Work(scans, voxels, batch=8, epochs=100, held_mb=held_mb) for voxels in (0.62, 4.9))
        found = measured.get(rule)
        took = [found["jobs"], round(found["mb"]), round(found["longest"])] if found else ["–"] * 3
        asks = [megabytes(rule, demo), minutes(rule, demo), megabytes(rule, two), minutes(rule, two)]
        lines.append([f"`{rule}`", *took, *asks, disk(rule, two), megabytes(rule, one)])
    return "".join(f"| {' | '.join(map(str, line))} |\n" for line in lines)


def main(folders):
    """Put the table between its marks in the page."""
    measured = {}
    for folder in reversed(folders):
        measured |= measured_jobs(folder)
    before, rest = PAGE.read_text().split(BEGIN)
    PAGE.write_text(before + BEGIN + table(measured) + END + rest.split(END)[1])


if __name__ == "__main__":
    main(sys.argv[1:])
