"""The section on sanity: what contradicts the maps of each method, and the checks behind that verdict, one by one."""

from voxplain.report import (
    data_randomisation,
    expected_anatomy,
    faithfulness,
    localisation,
    masked_input,
    randomisation,
    shortcuts,
    verdicts,
)
from voxplain.report.blocks import Heading, Section, Text

CHECKS = {
    "Verdicts": (verdicts, ""),
    "Random weights": (
        randomisation,
        "Falling curves are good: layer by layer, from the network's head to its input, learned weights are replaced "
        "by random ones, and a map that depends on them must fall into the grey band, which is how alike the maps of "
        "two random networks are.",
    ),
    "Permuted labels": (data_randomisation, data_randomisation.READING),
    "Taking out what is marked": (
        faithfulness,
        "Curves of the method that fall below the others while voxels are taken out, and rise above them while voxels "
        "are put in, are good: what it marks matters to the network more than what maps mark that know nothing of it.",
    ),
    "Scans seen through masks": (masked_input, masked_input.READING),
    "Shortcuts": (shortcuts, shortcuts.READING),
    "What was planted, found again": (
        localisation,
        "Points far to the right are good: a map finds what was planted if its localisation AUC lies above maps made "
        "without any network and above the untrained network; 0.50 is chance.",
    ),
    "Where the literature expects a difference": (expected_anatomy, expected_anatomy.READING),
}


def section(results):
    """The section: each check under its heading with its picture first; that of the verdicts leads the section."""
    first, found = None, []
    for title, (check, reading) in CHECKS.items():
        picture, blocks = check.blocks(results)
        if picture is None and not blocks:
            continue
        found.append(Heading(title))
        if check is verdicts:
            first = picture
        elif picture is not None:
            found += [Text(reading), picture] if reading else [picture]
        found += blocks
    return Section("sanity", "Sanity", verdicts.READING, first, found)
