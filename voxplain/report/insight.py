"""The section on what networks look like inside: every part that left something, with its picture first."""

from voxplain.report import insight_first_layer, insight_weights
from voxplain.report.blocks import Heading, Section

PARTS = {
    "Weights": insight_weights,
    "Groups in the first layer": insight_first_layer,
}
READING = (
    "This is about networks, not about any one scan: what they hold, what they answer to, and from whom they learned it.",
    "Whatever is fitted is fitted on a network's own training scans and shown or judged on scans that it never saw.",
)


def section(results):
    """The section, of the parts that left files; None where none did."""
    first, found = None, []
    for title, part in PARTS.items():
        picture, blocks = part.blocks(results)
        if picture is None and not blocks:
            continue
        found.append(Heading(title))
        if first is None and picture is not None and len(found) == 1:
            first = picture
        elif picture is not None:
            found.append(picture)
        found += blocks
    return Section("insight", "Inside the network", READING, first, found) if found else None
