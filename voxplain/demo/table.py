"""The behavioural table of the made cohort: labels, and covariates that do not know them."""

import csv

import numpy as np

from voxplain.demo.names import scan_ids
from voxplain.demo.person import planted_groups
from voxplain.demo.streams import COHORT, stream

CLASSES = ("F", "M")
# Category: its share among HCP's young adults.
COVARIATES = {
    "Age": {"22-25": 0.2, "26-30": 0.44, "31-35": 0.34, "36+": 0.02},
    "Release": {"S500": 0.45, "S900": 0.35, "S1200": 0.2},
    "Acquisition": {f"Q{quarter:02}": 1 / 13 for quarter in range(1, 14)},
}


def labels(made):
    """Class of every subject, (subjects,) of 0 and 1: the planted group, or in a null cohort a draw of its own."""
    groups = planted_groups(made)
    return stream(made["seed"], COHORT, "null labels").permutation(groups) if made["null_cohort"] else groups


def behavioural_rows(made):
    """One dict a subject, with HCP's column names; each class holds the same mixture of every covariate."""
    classes = labels(made)
    columns = {
        name: _drawn_within(classes, shares, stream(made["seed"], COHORT, name)) for name, shares in COVARIATES.items()
    }
    return [
        {
            "Subject": source_id,
            "Release": columns["Release"][row],
            "Acquisition": columns["Acquisition"][row],
            "Gender": CLASSES[classes[row]],
            "Age": columns["Age"][row],
            "3T_Full_MR_Compl": "true",
            "T1_Count": 1,
        }
        for row, source_id in enumerate(scan_ids(made))
    ]


def _drawn_within(classes, shares, generator):
    drawn = np.empty(len(classes), object)
    bounds = np.cumsum(list(shares.values()))
    for label in (0, 1):
        members = np.flatnonzero(classes == label)
        places = np.searchsorted(bounds, (np.arange(len(members)) + 0.5) / len(members))
        drawn[members] = generator.permutation(np.array(list(shares), object)[np.minimum(places, len(shares) - 1)])
    return drawn


def write_table(path, made):
    """Write the behavioural table as HCP ships it, comma-separated."""
    rows = behavioural_rows(made)
    with open(path, "w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
