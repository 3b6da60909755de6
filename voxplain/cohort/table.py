"""The behavioural table: who is in which class, and who cannot be used because the table is not clear about it."""

import csv
from collections import Counter

import pandas as pd

from voxplain.cohort.wording import nearest, shown
from voxplain.errors import InputError, SettingsError

TAKEN = ("scan", "subject", "session", "source_id", "archive", "label")


def read_table(path, cohort):
    """Subjects whose class is clear, and the problems of the others.

    Returns ``(table, problems)``: a data frame with ``source_id`` (text), ``label`` (the class as an integer), the
    label column and the covariates as the table spells them (``_text`` is added to a name that ``scans.tsv`` itself
    uses); and pairs of source id and what is wrong with it. ``cohort`` is the section of the settings. Raises
    InputError for a file that is no table and SettingsError for a column that it lacks.
    """
    header, rows = _rows(path)
    id_column, label_column = cohort["id_column"], cohort["label_column"]
    settings = {"id_column": [id_column], "label_column": [label_column], "covariates": cohort["covariates"]}
    for setting, columns in settings.items():
        for column in columns:
            _only_one(column, header, f"cohort.{setting}", path)
    id_at, label_at = header.index(id_column), header.index(label_column)
    classes = {str(text): value for text, value in cohort["classes"].items()}
    kept = dict.fromkeys([label_column, *cohort["covariates"]])
    counts = Counter(row[id_at] for row in rows if len(row) > id_at)
    clear, problems = [], []
    for row in rows:
        source_id = row[id_at] if len(row) > id_at else ""
        if problem := _problem(row, header, id_at, label_at, counts, classes):
            problems.append((source_id, problem))
        else:
            clear.append([source_id, classes[row[label_at]], *(row[header.index(column)] for column in kept)])
    names = [f"{column}_text" if column in TAKEN else column for column in kept]
    table = pd.DataFrame(clear, columns=["source_id", "label", *names]).astype({"label": int})
    return table, list(dict.fromkeys(problems))


def _rows(path):
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            header, *rows = [[cell.strip() for cell in row] for row in csv.reader(file) if any(row)]
    except FileNotFoundError:
        raise InputError(f"{path}: no such table; set cohort.table to the CSV file of the subjects") from None
    except (UnicodeDecodeError, csv.Error, OSError) as fault:
        raise InputError(f"{path}: no comma-separated UTF-8 text ({shown(fault)}); export the table again") from fault
    except ValueError:
        raise InputError(f"{path}: empty; set cohort.table to the CSV file of the subjects") from None
    width = len(header)
    return header, [row if any(row[width:]) else row[:width] for row in rows]


def _only_one(column, header, setting, path):
    times = header.count(column)
    if not times:
        near = nearest(column, header)
        raise SettingsError(f'{setting} is "{column}", no column of {path}; nearest of its {len(header)}: {near}')
    if times > 1:
        raise SettingsError(f'{setting} is "{column}", which is {times} columns of {path}; rename all but one')


def _problem(row, header, id_at, label_at, counts, classes):
    if len(row) != len(header):
        return f"{len(row)} fields in its row of the table, but {len(header)} columns; a comma may lack its quotes"
    if not row[id_at]:
        return f"no {header[id_at]} in a row of the table ({shown(', '.join(row), 40)})"
    if counts[row[id_at]] > 1:
        return f"named {counts[row[id_at]]} times in the table; keep one row"
    if not row[label_at]:
        return f"no {header[label_at]} in the table"
    if row[label_at] not in classes:
        return f"{header[label_at]} is {shown(row[label_at])!r}, none of cohort.classes ({', '.join(classes)})"
    return None
