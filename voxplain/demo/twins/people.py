"""Who is in a made twin: pictures of its people, drawn once in a process, and cells that do not know their class."""

import csv
import json
from functools import lru_cache

import numpy as np

from voxplain.demo.anatomy import template_head
from voxplain.demo.person import draw_people
from voxplain.demo.render import draw_picture
from voxplain.demo.streams import COHORT, stream


def picture(made, place):
    """The `Picture` of the person at ``place``, counted from 0, of the heads that ``made`` (cohort.made) describes."""
    return _picture(json.dumps(made, sort_keys=True), place)


@lru_cache(maxsize=64)
def _picture(made, place):
    made = json.loads(made)
    return draw_picture(made, draw_people(made)[place])


def affine_of(made):
    """Voxel indices to millimetres of every picture of ``made``, (4, 4)."""
    return template_head(made["spacing"]).grid.affine


def dealt_within(strata, cells, made, component):
    """A list of ``cells``, one a person: within each stratum of ``strata`` they take turns, in an order drawn anew.

    So two strata of one size hold every cell equally often: a cell tells nothing of the stratum.
    """
    generator = stream(made["seed"], COHORT, component)
    dealt = [None] * len(strata)
    for stratum in sorted(set(strata)):
        places = [place for place, one in enumerate(strata) if one == stratum]
        turns = [cells[turn % len(cells)] for turn in range(len(places))]
        for place, one in zip(places, generator.permutation(len(turns)), strict=True):
            dealt[place] = turns[one]
    return dealt


def drawn_numbers(count, made, component, mean, spread):
    """``count`` numbers around ``mean``, whatever anybody's class is."""
    return np.abs(stream(made["seed"], COHORT, component).normal(mean, spread, count))


def write_rows(path, rows, quoting=csv.QUOTE_MINIMAL):
    """``rows``, dicts of one header, as a comma-separated table in the file ``path``, whose folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]), quoting=quoting, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def write_ids(paths, rows, column, strata):
    """The ids of a split in the files ``paths`` (train, validation, test): of four people of one stratum, 2, 1 and 1.

    ``rows`` hold each person's id in ``column``; ``.npy`` is an array, anything else text with one id a line.
    """
    turns = "train", "validation", "train", "test"
    seen, parts = {}, {part: [] for part in turns}
    for row, stratum in zip(rows, strata, strict=True):
        seen[stratum] = seen.get(stratum, -1) + 1
        part = turns[seen[stratum] % len(turns)]
        parts[part if part in paths else "train"].append(row[column])
    for part, path in paths.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".npy":
            np.save(path, np.array(parts[part]), allow_pickle=False)
        else:
            path.write_text("".join(f"{one}\n" for one in parts[part]), encoding="utf-8")
