"""The section on sanity: whether maps depend on what was learned, and whether they find what was planted."""

from voxplain.report import localisation, randomisation
from voxplain.report.blocks import Heading, Section

READING = (
    "Points far to the right are good: a map finds what was planted if its localisation AUC lies above maps made "
    "without any network and above the untrained network; 0.50 is chance.",
    "Falling curves are good: layer by layer, from the network's head to its input, learned weights are replaced by "
    "random ones, and a map that depends on them must fall into the grey band, which is how alike the maps of two "
    "random networks are.",
)
CHECKS = {"What was planted, found again": localisation, "Random weights": randomisation}


def section(results):
    """The section: each check under its heading; the first picture of all leads."""
    first, found = None, []
    for title, check in CHECKS.items():
        picture, blocks = check.blocks(results)
        found.append(Heading(title))
        if picture is not None and first is not None:
            found.append(picture)
        first = first or picture
        found += blocks
    return Section("sanity", "Sanity", READING, first, found)
