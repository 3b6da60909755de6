"""A twin of the Human Connectome Project's releases: structural packages, and its behavioural and FreeSurfer tables."""

import hashlib

from voxplain.demo.archive import package_bytes
from voxplain.demo.names import package_name, scan_ids
from voxplain.demo.streams import COHORT, stream
from voxplain.demo.table import CLASSES, COVARIATES, labels
from voxplain.demo.twins.people import affine_of, dealt_within, drawn_numbers, picture, write_rows

AGES = tuple(COVARIATES["Age"])
YEARS = {"22-25": 23, "26-30": 28, "31-35": 33, "36+": 36}
# Measures of the expanded FreeSurfer table with a usual mean and spread; none of them is taken from the made heads.
MEASURES = {
    "FS_IntraCranial_Vol": (1.6e6, 1.5e5),
    "FS_CSF_Mean": (40.0, 4.0),
    "FS_WM_Hypointens_Mean": (90.0, 5.0),
    "FS_CC_Posterior_Mean": (115.0, 6.0),
    "FS_L_Cerebellum_Cort_Vol": (5.6e4, 5e3),
    "FS_R_Cerebellum_Cort_Vol": (5.7e4, 5e3),
    "FS_L_Hippo_Vol": (4400.0, 400.0),
    "FS_R_Hippo_Vol": (4450.0, 400.0),
    "FS_L_Amygdala_Vol": (1600.0, 180.0),
    "FS_R_Amygdala_Vol": (1650.0, 180.0),
    "FS_L_Insula_Thck": (3.1, 0.15),
    "FS_R_Insula_Thck": (3.1, 0.15),
}


def write_hcp(cohort, paths):
    """Archives and tables of the people of ``cohort["made"]``; the class of the images is the column Gender.

    ``paths`` say where: archives (a folder), table, tables (a list) and features, each None where there is none.
    Returns the rows of the behavioural table.
    """
    made = cohort["made"]
    rows, affine = people_rows(made), affine_of(made)
    paths["archives"].mkdir(parents=True, exist_ok=True)
    volumes = []
    for place, row in enumerate(rows):
        drawn = picture(made, place)
        name, content = package_name(row["Subject"]), package_bytes(row["Subject"], drawn, affine)
        (paths["archives"] / name).write_bytes(content)
        told = hashlib.md5(content, usedforsecurity=False).hexdigest()
        (paths["archives"] / f"{name}.md5").write_text(f"{told}  {name}\n")
        volumes.append(float(drawn.mask.sum() * made["spacing"] ** 3))
    write_rows(paths["table"], rows)
    for path in paths["tables"]:
        write_rows(path, restricted_rows(made, rows))
    if paths["features"]:
        write_rows(paths["features"], feature_rows(made, rows, volumes))
    return rows


def people_rows(made):
    """One dict a subject with columns of the unrestricted table; each sex has every age group equally often."""
    sexes = [CLASSES[label] for label in labels(made)]
    releases = dealt_within(sexes, list(COVARIATES["Release"]), made, "Release")
    ages = dealt_within(sexes, AGES, made, "Age")
    return [
        {
            "Subject": source_id,
            "Release": releases[place],
            "Acquisition": f"Q{1 + place % 13:02}",
            "Gender": sexes[place],
            "Age": ages[place],
            "3T_Full_MR_Compl": "true",
            "T1_Count": 1,
        }
        for place, source_id in enumerate(scan_ids(made))
    ]


def restricted_rows(made, rows):
    """One dict a subject with columns of the restricted table: half of the people are siblings, two and two."""
    order = stream(made["seed"], COHORT, "families").permutation(len(rows))
    siblings = len(rows) // 4 * 2
    family = {int(place): turn // 2 if turn < siblings else turn for turn, place in enumerate(order)}
    return [
        {
            "Subject": row["Subject"],
            "Age_in_Yrs": YEARS[row["Age"]],
            "Family_ID": f"{50000 + family[place]}_{80000 + family[place]}",
            "ZygosityGT": " ",
            "Handedness": 80,
        }
        for place, row in enumerate(rows)
    ]


def feature_rows(made, rows, volumes):
    """One dict a subject with some columns of the FreeSurfer table; ``volumes`` are those of the brains, in mm3.

    Sizes of the brain are those of the made heads, so that what is planted in them is in the table too.
    """
    drawn = {name: drawn_numbers(len(rows), made, name, *told) for name, told in MEASURES.items()}
    return [
        {
            "Subject": row["Subject"],
            "Release": row["Release"],
            "Gender": row["Gender"],
            "FS_BrainSeg_Vol": f"{0.95 * volumes[place]:.1f}",
            "FS_Mask_Vol": f"{volumes[place]:.1f}",
            **{name: f"{values[place]:.3f}" for name, values in drawn.items()},
        }
        for place, row in enumerate(rows)
    ]
