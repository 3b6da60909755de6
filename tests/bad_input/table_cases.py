"""What can be wrong with a table or with what a study says of its people, and what is read about it."""

import numpy as np

from tests.bad_input.cohorts import Hcp
from tests.bad_input.damages import each, file, gone, settings, split, table, text
from tests.bad_input.outcomes import Left, Said, Stops, Used
from voxplain.errors import InputError, SettingsError

ROW = "100003,M,30"
RANGES = {"sex": {"column": "Age", "ranges": {"22-30": 0, "31-36": 1}}}
LIMITS = {"sex": {"column": "Age", "thresholds": [30.5]}}
AGES = each(table("100001,M,30", "100001,M,36"), table("100004,F,30", "100004,F,31"))


def crowd(cohort):
    """A table of 100,000 people, of whom five have archives."""
    people = [str(200_000 + number) for number in range(99_995)]
    cohort.strangers |= set(people)
    cohort.table.write_text(cohort.table.read_text() + "".join(f"{one},F,30\n" for one in people))


def nobody(cohort):
    for one in cohort.ids:
        cohort.archive(one).write_bytes(b"")


def without_archives(cohort):
    for one in cohort.ids:
        cohort.archive(one).unlink()


def pickled(cohort):
    """A split of NumPy arrays that would run code when they are read."""
    path = cohort.root / "train.npy"
    np.save(path, np.array(["100001", None], dtype=object), allow_pickle=True)
    cohort.folds = cohort.folds | {"given": {"train": str(path), "test": str(path)}}


TABLES = {
    "a byte order mark": (Hcp, table("Subject", "\ufeffSubject"), Used()),
    "semicolons": (Hcp, table(",", ";"), Used()),
    "tabs": (Hcp, table(",", "\t"), Used()),
    "UTF-16": (Hcp, table("Subject", "Subject", "utf-16"), Used()),
    "latin-1": (
        Hcp,
        each(table("Age", "Âge"), table(ROW, "100003,M,drei\u00dfig", "latin-1")),
        Used(),
        Said("{table}: not UTF-8: read as Windows-1252; see that accents are right"),
    ),
    "quoted commas": (Hcp, table(ROW, '100003,M,"30, or 31"'), Used()),
    "a line end inside quotes": (
        Hcp,
        table(ROW, '100003,M,"30\nor 31"'),
        Used(),
        Said(
            "{table}: longer than a line: 1 row, the first in line 4; if a quotation mark lacks its partner "
            "there, rows are hidden in a cell"
        ),
    ),
    "spaces around ids": (Hcp, table(ROW, " 100003 ,M , 30  "), Used()),
    "a non-breaking space behind an id": (Hcp, table(ROW, "100003\u00a0,M,30"), Used()),
    "the header in the middle again": (
        Hcp,
        table(ROW, f"Subject,Gender,Age\n{ROW}"),
        Used(),
        Said("{table}: the header stands again in 1 row; passed over"),
    ),
    "columns in other case": (Hcp, table("Subject,Gender,Age", "SUBJECT,gender,age"), Used()),
    "a duplicated column that nobody asks for": (
        Hcp,
        each(table("Age", "Age,Age"), table(",30", ",30,31"), settings(covariates=[])),
        Used(),
        Said("{table}: columns of one name: Age"),
    ),
    "a column that differs in case alone": (Hcp, table("Gender,Age", "Gender,gender"), Used()),
    "a duplicated column": (
        Hcp,
        table("Gender,Age", "Gender,Gender"),
        Stops(
            SettingsError,
            'cohort.labels.sex.column: "Gender" is 2 columns of {table} ("Gender"); rename or remove all but one',
        ),
    ),
    "a comma without quotes": (
        Hcp,
        table(ROW, "100003,M,30, about"),
        Left("table", "line 4 of the table: 4 fields, but 3 columns; a separator inside a cell may lack its quotes"),
    ),
    "a row cut short": (
        Hcp,
        table(ROW, "100003,M"),
        Left("table", "line 4 of the table: 2 fields, but 3 columns; its end may have been cut off"),
    ),
    "a quotation mark that is never closed": (
        Hcp,
        table(ROW, '100003,M,"30'),
        Stops(InputError, "{table}: a quotation mark in line 4 is never closed; close it, or export again"),
    ),
    "an id twice": (Hcp, table(ROW, f"{ROW}\n100003,F,30"), Left("table", "named 2 times in the table; keep one row")),
    "an id that became a decimal": (Hcp, table("100003,", "100003.0,"), Used()),
    "an archive without a row": (Hcp, table(f"{ROW}\n", ""), Left("table", "no row in the table")),
    "a row without an archive": (Hcp, gone, Left("archive", "no archive whose name begins with 100003")),
    "a row without an id": (
        Hcp,
        table(ROW, ",M,30"),
        Left("table", "no Subject in a row of the table (, M, 30)"),
        Left("table", "no row in the table"),
    ),
    "a label outside its classes": (
        Hcp,
        table("100003,M", "100003,X"),
        Left("table", "Gender is 'X', none of this label's classes (F, M)"),
    ),
    "a label in other case": (
        Hcp,
        table("100003,M", "100003,m"),
        Left("table", "Gender is 'm', none of this label's classes (F, M)"),
    ),
    "no label": (Hcp, table("100003,M", "100003,"), Left("table", "no Gender in the table")),
    "a label that says NA": (Hcp, table("100003,M", "100003,NA"), Left("table", "no Gender in the table")),
    "out of every range": (
        Hcp,
        each(AGES, table(ROW, "100003,M,37"), settings(labels=RANGES)),
        Left("table", "Age is '37', in none of this label's ranges (22-30, 31-36)"),
    ),
    "a decimal comma": (
        Hcp,
        each(AGES, table(ROW, '100003,M,"30,5"'), settings(labels=LIMITS)),
        Left("table", "Age is '30,5', no number; decimals need a point"),
    ),
    "100,000 rows": (Hcp, crowd, Used()),
    "not what the study keeps": (
        Hcp,
        each(table(ROW, "100003,M,31"), settings(where={"Age": "30"})),
        Left("selection", "Age is '31', not 30 (cohort.where)"),
    ),
    "left out by name": (Hcp, settings(leave_out=["100003"]), Left("settings", "named in cohort.leave_out")),
    "left out by a file": (
        Hcp,
        each(file("out.tsv", "id\treason\n100003\tmoved during the scan\n"), settings(leave_out="{folder}/out.tsv")),
        Left("settings", "moved during the scan"),
    ),
    "left out by a file that is not there": (
        Hcp,
        settings(leave_out="{folder}/absent.txt"),
        Stops(InputError, "{folder}/absent.txt: no such file in {cwd}; set cohort.leave_out to the file"),
    ),
    "a given split without somebody": (
        Hcp,
        split(train="100001\n100002\n", test="100004\n100005\n"),
        Left("folds", "100003 is in none of the files of folds.given"),
    ),
    "given splits that share somebody": (
        Hcp,
        split(train="100001\n100002\n100003\n", test="100003\n100004\n100005\n"),
        Stops(
            InputError, "100003: in both {root}/train.txt (train) and {root}/test.txt (test); leave each id in one file"
        ),
    ),
    "a given split of a file that is empty": (
        Hcp,
        split(train="100001\n100002\n", test=" \n"),
        Stops(InputError, "{root}/test.txt: no ids in it; set folds.given.test to a file with one id a line"),
    ),
    "a pickled split": (
        Hcp,
        pickled,
        Stops(InputError, "{root}/train.npy: holds Python objects; save the ids as text"),
    ),
    "an empty table": (Hcp, text(b""), Stops(InputError, "{table}: empty; set cohort.table to a table with a header")),
    "a table of blank lines": (
        Hcp,
        text(b"\n\n"),
        Stops(InputError, "{table}: empty; set cohort.table to a table with a header"),
    ),
    "a header without rows": (
        Hcp,
        text(b"Subject,Gender,Age\n"),
        Stops(InputError, "{table}: a header of 3 columns without a row; export the table again"),
    ),
    "no table": (
        Hcp,
        lambda cohort: cohort.table.unlink(),
        Stops(InputError, "{table}: no such file in {cwd}; set cohort.table to the file"),
    ),
    "a folder for a table": (
        Hcp,
        settings(table="{folder}"),
        Stops(InputError, "{folder}: a folder; set cohort.table to a file in it"),
    ),
    "a spreadsheet for a table": (
        Hcp,
        text(b"PK\3\4\xff\xfe\x00"),
        Stops(
            InputError,
            "{table}: a spreadsheet or another zip file; export the sheet as CSV, and set cohort.table to that",
        ),
    ),
    "a page instead of a table": (
        Hcp,
        text(b"<!DOCTYPE html><html>log in first</html>"),
        Stops(InputError, "{table}: a web page, perhaps a login; download the table again, signed in"),
    ),
    "a table with NUL bytes": (
        Hcp,
        text(b"Subject,Gender,Age\n100001,M,30\n\0\0\0\0,F,30\n"),
        Stops(InputError, "{table}: damaged, 4 NUL bytes from line 3 on; export or copy it again"),
    ),
    "no column of ids": (
        Hcp,
        table("Subject,", "Who,"),
        Stops(
            SettingsError,
            'cohort.columns.subject is "Subject", no column of {table}; nearest of its 3: Who, Gender, Age',
        ),
    ),
    "no column of labels": (
        Hcp,
        table("Gender", "Sexe"),
        Stops(
            SettingsError,
            'cohort.labels.sex.column is "Gender", no column of {table}; nearest of its 3: Subject, Sexe, Age',
        ),
    ),
    "no column of a covariate": (
        Hcp,
        settings(covariates=["Agee"]),
        Stops(SettingsError, 'cohort.covariates is "Agee", no column of {table}; nearest of its 3: Age, Gender'),
    ),
    "no row fits the header": (
        Hcp,
        text(b"Subject,Gender,Age\n1,100001,M,30\n2,100002,F,30\n"),
        Stops(
            InputError,
            "{table}: no row fits the header; line 2: 4 fields, but 3 columns; a separator inside a cell may "
            "lack its quotes; R leaves out the header of row names: write the table with row.names = FALSE",
        ),
    ),
    "no folder of archives": (
        Hcp,
        settings(archives="absent"),
        Stops(InputError, 'no folder "absent" in {cwd}; set cohort.archives to the folder of the archives'),
    ),
    "no archives": (
        Hcp,
        without_archives,
        Stops(
            InputError,
            'no *.zip and no folder of a subject in "{folder}"; set cohort.archives to the folder of the archives',
        ),
    ),
    "nobody left": (
        Hcp,
        nobody,
        Stops(
            InputError,
            "no scan is left of 5; the commonest reason (5 times): <file>: empty (0 bytes); download it again",
        ),
    ),
    "fewer in a class than folds": (
        Hcp,
        lambda cohort: cohort.folds.update(k=3),
        Stops(
            SettingsError,
            "folds.k is 3, but class 0 has only 2 subjects (class 0: 2, class 1: 3); lower folds.k or add subjects",
        ),
    ),
    "one class alone": (
        Hcp,
        settings(where={"Gender": "F"}),
        Stops(SettingsError, "only one class is left (class 0: 2 subjects); cohort.labels and the ledger say why"),
    ),
}
