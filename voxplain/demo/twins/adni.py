"""A twin of ADNI's collections: the yearly table with its tree of visits, or brains in a cube with Label and Path."""

import csv
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from voxplain.cohort.tables.rows import study_table
from voxplain.demo.archive import nifti_bytes
from voxplain.demo.streams import smooth_noise, stream
from voxplain.demo.table import labels
from voxplain.demo.twins.people import affine_of, dealt_within, picture, write_rows

VISITS = (("Screening", "bl", 0), ("Month 12", "m12", 12), ("Month 24", "m24", 24))
SEQUENCE = "MPR; GradWarp; B1 Correction; N3; Scaled"
SERIES = "MPR__GradWarp__B1_Correction__N3__Scaled"
# What the two groups of made heads are called: of four people of a group one has the last diagnosis.
YEARLY = (("CN", "CN", "CN", "MCI"), ("Dementia", "Dementia", "Dementia", "MCI"))
CUBES = (("Normal", "EMCI"), ("AD", "LMCI"))
TOLD = {"CN": ("0", "0", "0", ""), "MCI": ("1", "", "1", "0"), "Dementia": ("2", "1", "", "1")}
# Standard deviation of what changes from one visit to the next, as a share of the volume's own.
BETWEEN_VISITS = 0.05


def ptid(place):
    """The id of the person at ``place``, as ADNI writes them: of four sites, with numbers from 99000 on."""
    return f"{(2, 11, 67, 123)[place % 4]:03}_S_{99000 + place}"


def diagnoses(made, called):
    """Diagnosis of every person of ``made``, of those that ``called`` has for its two groups of images."""
    groups, told = [int(label) for label in labels(made)], {}
    for group, cells in enumerate(called):
        members = [place for place, one in enumerate(groups) if one == group]
        dealt = dealt_within([group] * len(members), cells, made, f"diagnosis {group}")
        told |= dict(zip(members, dealt, strict=True))
    return [told[place] for place in range(len(groups))]


def two_samples(made):
    """Places of the people of a study, and of those of a further cohort: a quarter of all are in both."""
    told, study, further = diagnoses(made, YEARLY), [], []
    for one in sorted(set(told)):
        members = [place for place, own in enumerate(told) if own == one]
        study += members[: -(-3 * len(members) // 4)]
        further += members[len(members) // 2 :]
    return sorted(study), sorted(further)


def yearly_rows(made, people, first_image=10000):
    """One dict an image of ``people``, places in ``made``, with columns of the yearly table: 1 to 3 visits each.

    The first person without MCI has one visit twice; those of group 1 with MCI are demented at the last of three.
    """
    groups, told = labels(made), diagnoses(made, YEARLY)
    come = dealt_within(told, (3, 1, 2), made, "visits")
    twice = next(place for place in people if told[place] != "MCI")
    rows = []
    for place in people:
        for visit, code, month in VISITS[: come[place]]:
            later = told[place] == "MCI" and groups[place] and month == VISITS[-1][2]
            for _ in range(2 if place == twice and not month else 1):
                image = first_image + 21 * len(rows)
                day = date(2006, 1, 9) + timedelta(days=30 * month + 3 * place + len(rows))
                dx = "Dementia" if later else told[place]
                rows.append(_yearly_row(place, image, day, dx, told[place], visit, code, month))
    return rows


def write_yearly(cohort, paths, rows):
    """The table ``rows`` and its images, where the section ``cohort`` looks for them: in ADNI's tree, or by its paths.

    ``paths`` say where: archives (a folder, or None where paths begin at the table) and table.
    """
    made = cohort["made"]
    write_rows(paths["table"], rows, csv.QUOTE_ALL)
    places = {ptid(place): place for place in range(made["subjects"])}
    if cohort["source"] == "adni":
        files = [paths["archives"] / _in_tree(row) for row in rows]
    else:
        told = study_table(cohort | {"tables": []}, paths["table"])
        files = [_root(paths) / row.image_id for row in told.rows]
    for row, path in zip(rows, files, strict=True):
        head = picture(made, places[row["PTID"]]).restored
        _write_volume(path, _at_visit(head, made, row["Image.ID"]), affine_of(made))


def write_cubes(cohort, paths):
    """Brains in cubes and their table, one image a person; returns its rows, with the columns Label and Path."""
    made = cohort["made"]
    path_column = cohort["columns"].get("path") or "Path"
    rows = []
    for place, told in enumerate(diagnoses(made, CUBES)):
        drawn = picture(made, place)
        name = f"{ptid(place)}.nii.gz"
        volume, affine = in_cube(drawn.restored * drawn.mask, affine_of(made))
        _write_volume(_root(paths) / name, volume, affine)
        rows.append({"Label": told, path_column: name})
    write_rows(paths["table"], rows, csv.QUOTE_ALL)
    return rows


def in_cube(volume, affine):
    """The brain of ``volume`` (0 around it) in the middle of a cube with a voxel to spare, and its affine."""
    there = np.argwhere(volume)
    low, high = there.min(0), there.max(0) + 1
    length = int((high - low).max()) + 2
    before = (length - (high - low)) // 2
    cube = np.zeros((length,) * 3, np.float32)
    inside = tuple(slice(first, first + size) for first, size in zip(before, high - low, strict=True))
    cube[inside] = volume[tuple(slice(first, last) for first, last in zip(low, high, strict=True))]
    moved = affine.copy()
    moved[:3, 3] += affine[:3, :3] @ (low - before)
    return cube, moved


def _yearly_row(place, image, day, dx, screened, visit, code, month):
    return {
        "RID": 99000 + place,
        "PTID": ptid(place),
        "VISCODE": code,
        "DX": dx,
        "EXAMDATE": day.isoformat(),
        "Image.ID": image,
        "Scan.Date": f"{day.month}/{day.day}/{day.year}",
        "Sequence": SEQUENCE,
        "Visit": visit,
        "Month_bl": month,
        "Screen.Diagnosis": screened,
        "Study.ID": image // 7,
        "Series.ID": image // 3,
        **dict(zip(("label_three_fold", "label_CN_AD", "label_CN_MCI", "label_MCI_AD"), TOLD[dx], strict=True)),
    }


def _in_tree(row):
    month, day, year = row["Scan.Date"].split("/")
    taken = f"{year}-{int(month):02}-{int(day):02}_09_00_00.0"
    image = f"I{row['Image.ID']}"
    name = f"ADNI_{row['PTID']}_MR_{SERIES}_Br_{year}{int(month):02}{int(day):02}_S{row['Series.ID']}_{image}.nii.gz"
    return Path("ADNI", row["PTID"], SERIES, taken, image, name)


def _root(paths):
    return paths["archives"] or paths["table"].parent


def _at_visit(head, made, image):
    noise = smooth_noise(stream(made["seed"], image, "visit"), head.shape, 1.5)
    return (head * (1 + BETWEEN_VISITS * noise)).astype(np.float32)


def _write_volume(path, volume, affine):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(nifti_bytes(volume, affine))
