"""Made tables in the shape of ADNI's: no row is anybody's, and the same seed makes the same bytes.

``annual_rows`` has the columns and counts that were published of the yearly 1.5 T collection: 1590 scans of 464
participants. What its cells look like inside (how an image id or a label is written) is known only in part.
"""

import csv
import random
from datetime import date, timedelta

ANNUAL_COLUMNS = [
    "RID", "PTID", "VISCODE", "DX", "EXAMDATE", "Image.ID", "Scan.Date", "Sequence", "Visit", "Month_bl",
    "Screen.Diagnosis", "Study.ID", "Series.ID", "label_three_fold", "label_CN_AD", "label_CN_MCI", "label_MCI_AD",
]  # fmt: skip
COLLECTION_COLUMNS = [
    "Image Data ID", "Subject", "Group", "Sex", "Age", "Visit", "Modality", "Description", "Type", "Acq Date", "Format",
    "Downloaded",
]  # fmt: skip
VISITS = {"Screening": ("bl", 0), "Month 12": ("m12", 12), "Month 24": ("m24", 24)}
SEQUENCE = "MPR; GradWarp; B1 Correction; N3; Scaled"
CORRUPT = "067_S_0077"
LABELS = {"CN": ("0", "0", "0", ""), "MCI": ("1", "", "1", "0"), "Dementia": ("2", "1", "", "1")}

# Of each course of the disease: how many participants, and at each visit how many of them come, how many have the scan
# twice, and with which diagnosis. 193 are ever demented, 151 always normal, 120 always impaired: the course that turns
# from MCI after a year or two, and the two who turn from CN, give the published sums of scans.
COURSES = {
    "normal": (151, [(151, 27, "CN"), (140, 20, "CN"), (125, 29, "CN")]),
    "impaired": (120, [(120, 50, "MCI"), (105, 25, "MCI"), (100, 55, "MCI")]),
    "demented": (120, [(120, 30, "Dementia"), (115, 10, "Dementia"), (85, 2, "Dementia")]),
    "within one year": (30, [(30, 15, "MCI"), (30, 10, "Dementia"), (30, 0, "Dementia")]),
    "within two years": (41, [(41, 20, "MCI"), (41, 17, "MCI"), (41, 0, "Dementia")]),
    "from normal": (2, [(2, 0, "CN"), (2, 0, "MCI"), (2, 0, "Dementia")]),
}


def annual_rows(seed=1):
    """1590 rows as dicts of text: the two corrupt images are both of 067_S_0077's Screening."""
    chance = random.Random(seed)
    numbers = chance.sample([number for number in range(2, 1500) if number != 77], 463)
    ptids = [CORRUPT, *(f"{chance.choice(range(2, 142)):03}_S_{number:04}" for number in numbers)]
    images = iter(chance.sample(range(10_000, 99_999), 1590))
    rows, used = [], 0
    for course, (count, visits) in COURSES.items():
        # The corrupt scans are one participant's two of one visit, so that this one has the first repeat.
        people = [CORRUPT] if course == "impaired" else []
        people += ptids[1 + used : 1 + used + count - len(people)]
        used += count - (course == "impaired")
        for (visit, (code, month)), (come, again, dx) in zip(VISITS.items(), visits, strict=True):
            for number, ptid in enumerate(people[:come]):
                day = date(2005, 9, 1) + timedelta(days=month * 30 + chance.randint(0, 300))
                for _ in range(1 + (number < again)):
                    cells = [ptid, code, dx, day, next(images), visit, month, visits[0][2]]
                    rows.append(_annual_row(*map(str, cells)))
    rows.sort(key=lambda row: (row["PTID"], int(row["Month_bl"]), row["Image.ID"]))
    return rows


def collection_rows(seed=1, subjects=6):
    """Rows of the image archive's own list: each subject at three visits, and half of them twice at the first."""
    chance, rows = random.Random(seed), []
    for subject in range(subjects):
        ptid = f"{chance.choice([2, 11, 67, 123]):03}_S_{subject + 3:04}"
        group, sex, age = ["CN", "MCI", "AD"][subject % 3], "FM"[subject % 2], chance.randint(55, 88)
        for number, visit in enumerate(("sc", "m06", "m12")):
            day = date(2005, 8, 1) + timedelta(days=183 * number + chance.randint(0, 20))
            for repeat in range(1 + (subject % 2 == 0 and visit == "sc")):
                name = SEQUENCE.replace("MPR", "MPR-R") if repeat else SEQUENCE
                cells = [
                    f"I{chance.randint(10_000, 99_999)}",
                    ptid,
                    group,
                    sex,
                    str(age + number // 2),
                    visit,
                    "MRI",
                    name,
                ]
                cells += ["Processed", f"{day.month}/{day.day:02}/{day.year}", "NiFTI", ""]
                rows.append(dict(zip(COLLECTION_COLUMNS, cells, strict=True)))
    return rows


def write_rows(path, rows):
    """``rows`` as the repositories export them, every cell quoted."""
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]), quoting=csv.QUOTE_ALL)
        writer.writeheader()
        writer.writerows(rows)
    return path


def _annual_row(ptid, code, dx, day, image, visit, month, first):
    year, number, in_month = (int(part) for part in day.split("-"))
    cells = [
        str(int(ptid[-4:])),
        ptid,
        code,
        dx,
        day,
        image,
        f"{number}/{in_month}/{year}",
        SEQUENCE,
        visit,
        month,
        first,
    ]
    cells += [str(int(image) // 7), str(int(image) // 3), *LABELS[dx]]
    return dict(zip(ANNUAL_COLUMNS, cells, strict=True))
