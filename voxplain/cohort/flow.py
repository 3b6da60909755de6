"""How many scans left the study at each stage, and why: what a CONSORT diagram draws."""

import re
from collections import Counter
from typing import NamedTuple

# In the order in which they say no; stages of other names come after.
STAGES = ("settings", "archive", "table", "selection", "folds", "matching", "extract", "convert", "prepare", "quality")


class Step(NamedTuple):
    """A stage that left scans out: how many, the reasons and how often each, commonest first, and how many are left."""

    stage: str
    count: int
    reasons: list
    left: int


def flow_steps(scans):
    """The Steps of ``scans``, objects with stage, reason, source_id, image_id and archive, in the order of STAGES."""
    scans = list(scans)
    left, steps = len(scans), []
    for stage in sorted({scan.stage for scan in scans if scan.stage}, key=_place):
        leaving = [scan for scan in scans if scan.stage == stage]
        left -= len(leaving)
        reasons = Counter(without_names(scan) for scan in leaving).most_common()
        steps.append(Step(stage, len(leaving), reasons, left))
    return steps


def without_names(scan):
    """The reason of a scan without what names or measures it alone, so that equal reasons can be counted."""
    names = {scan.source_id, scan.image_id, scan.source_id.replace("_", "")}
    reason = scan.reason
    files = {part for part in re.split(r"[/\\ ]", str(scan.archive)) if "." in part.strip(".")}
    for part in sorted(files, key=len, reverse=True):
        reason = reason.replace(part, "<file>")
    for name in sorted(filter(lambda name: len(name) > 1, names), key=len, reverse=True):
        reason = re.sub(rf"(?<![A-Za-z0-9]){re.escape(name)}(?![A-Za-z0-9])", "<id>", reason)
    reason = re.sub(r"(?<![A-Za-z0-9])I\d+(?![A-Za-z0-9])", "<id>", reason)  # an image that the reason is about
    reason = re.sub(r"-?\d+(\.\d+)?(?=, (below|outside) )", "<value>", reason)
    return re.sub(r"^line \d+ of", "a line of", reason)


def _place(stage):
    return (STAGES.index(stage) if stage in STAGES else len(STAGES), stage)
