import time

import pytest

from voxplain.cohort.tables.delimited import read_delimited
from voxplain.errors import InputError, SettingsError

PLAIN = "Subject,Image ID,Age\n007,I10,22-25\n011_S_0003,I11,36+\n"
ROWS = [
    {"Subject": "007", "Image ID": "I10", "Age": "22-25"},
    {"Subject": "011_S_0003", "Image ID": "I11", "Age": "36+"},
]


@pytest.fixture
def table(tmp_path):
    def write(content, encoding="utf-8"):
        path = tmp_path / "people.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return write


SAME = {
    "plain": (PLAIN, "utf-8"),
    "BOM": (PLAIN, "utf-8-sig"),
    "UTF-16 of a spreadsheet": (PLAIN.replace(",", "\t"), "utf-16"),
    "UTF-16 without its mark": (PLAIN, "utf-16-le"),
    "big-endian UTF-16 without its mark": (PLAIN, "utf-16-be"),
    "UTF-32": (PLAIN, "utf-32"),
    "semicolons": (PLAIN.replace(",", ";"), "utf-8"),
    "tabs": (PLAIN.replace(",", "\t"), "utf-8"),
    "a separator that is named": ("sep=;\r\n" + PLAIN.replace(",", ";"), "utf-8"),
    "Windows line ends": (PLAIN.replace("\n", "\r\n"), "utf-8"),
    "old Macintosh line ends": (PLAIN.replace("\n", "\r"), "utf-8"),
    "no end of the last line": (PLAIN.rstrip(), "utf-8"),
    "empty lines": ("\n\n" + PLAIN.replace("\n", "\n\n ,, \n"), "utf-8"),
    "an empty first row of a spreadsheet": (",,\n" + PLAIN, "utf-8"),
    "spaces around cells": (PLAIN.replace(",", "  , ").replace("\n", " \t\n"), "utf-8"),
    "hard spaces": (PLAIN.replace(",", "\u00a0,"), "utf-8"),
    "characters that cannot be seen": (PLAIN.replace("007", "\u200b007"), "utf-8"),
    "trailing empty columns": (PLAIN.replace("\n", ",,,\n"), "utf-8"),
    "every cell quoted": ("\n".join('"' + line.replace(",", '" , "') + '"' for line in PLAIN.split()), "utf-8"),
    "the header twice": (PLAIN + "Subject,Image ID,Age\n", "utf-8"),
    "the end mark of DOS": (PLAIN + "\x1a", "utf-8"),
}
SAME["every cell quoted"] = ('"Subject" , "Image ID","Age"\n"007","I10" ,"22-25"\n"011_S_0003","I11","36+"', "utf-8")


@pytest.mark.parametrize("content, encoding", SAME.values(), ids=SAME)
def test_however_a_table_was_saved_its_cells_are_the_same_text(table, content, encoding):
    path = table(content.encode(encoding))
    found = read_delimited(path)
    assert (found.path, found.header, found.rows, found.ragged) == (path, ["Subject", "Image ID", "Age"], ROWS, [])


@pytest.mark.parametrize(
    "byte, letter, encoding",
    [(b"\xe9", "é", "Windows-1252"), (b"\x80", "€", "Windows-1252"), (b"\x81", "\x81", "Latin-1")],
)
def test_what_is_not_utf8_is_read_with_a_note(table, byte, letter, encoding):
    found = read_delimited(table(b"Subject,Site\n1,Li" + byte + b"ge\n"))
    assert found.rows[0]["Site"] == f"Li{letter}ge"
    assert found.notes == [f"not UTF-8: read as {encoding}; see that accents are right"]


def test_commas_and_line_ends_inside_quotes_belong_to_the_cell(table):
    found = read_delimited(table('Subject,Words,Age\n1,"a, b\nand ""c""",3\n2,"x;y",4\n'))
    assert [row["Words"] for row in found.rows] == ['a, b\nand "c"', "x;y"]


@pytest.mark.parametrize(
    "content, width",
    [
        ('Subject;"Age, years, at scan, or so";Sex\n1;2;M\n', 3),
        ('Subject;"Age, years, at scan"\n1;"2, 3, 4"\n2;"3, 4, 5"\n', 2),
        ("Subject;Age, years\n1;22,5\n2;23,5\n", 2),
        ("Subject;Age, years;Sex\n1;22;M\n2;23;F\n", 3),
        ("Subject,Notes;more\n1,a\n2,b\n", 2),
        ("Subject\n1\n2\n", 1),
    ],
)
def test_the_separator_is_the_one_that_fits_header_and_rows(table, content, width):
    found = read_delimited(table(content))
    assert len(found.header) == width and not found.ragged


def test_ragged_rows_are_listed_with_their_line_and_stop_nobody(table):
    found = read_delimited(table('A,B,C\n1,2,3\n2,"x\ny",3\n\n3,Smith, Ann,4\n4,5\n5,6,7\n'))
    assert [row["A"] for row in found.rows] == ["1", "2", "5"]
    assert found.ragged == [
        (6, "3", "4 fields, but 3 columns; a separator inside a cell may lack its quotes"),
        (7, "4", "2 fields, but 3 columns; its end may have been cut off"),
    ]


def test_the_line_that_names_the_separator_counts_as_a_line(table):
    assert read_delimited(table("sep=;\nA;B\n1;2\n3\n")).ragged[0][:2] == (4, "3")


@pytest.mark.parametrize(
    "asked, found",
    [
        ("Image.ID", "Image.ID"),
        ("Image ID", "Image.ID"),
        ("image_id", "Image.ID"),
        ("SEX", "Sex"),
        (" Sex ", "Sex"),
        (("Gender", "Sex"), "Sex"),
        (("DX", "Group", "Sex", "Image.ID"), "Sex"),
    ],
)
def test_a_column_is_found_in_any_case_and_as_r_writes_it(table, asked, found):
    assert read_delimited(table("Image.ID,Sex,Age\n1,F,3\n")).column(asked, "cohort.x") == found


def test_the_exact_name_comes_before_a_similar_one(table):
    assert read_delimited(table("S.ex,sex\n1,2\n")).find("SEX") == "sex"
    found = read_delimited(table("AGE,Age,Image.ID,Image ID\n1,2,3,4\n"))
    assert [found.find(name) for name in ("Age", "AGE", "Image ID")] == ["Age", "AGE", "Image ID"]
    for name, spelled in (("age", '"AGE", "Age"'), ("Image-ID", '"Image.ID", "Image ID"')):
        with pytest.raises(
            SettingsError, match=f'^cohort.x: "{name}" is 2 columns of .*people.csv \\({spelled}\\); rename'
        ):
            found.column(name, "cohort.x")


def test_a_duplicated_column_matters_only_to_those_who_ask_for_it(table):
    found = read_delimited(table("Subject,Age,Age,,\n1,2,3,,\n"))
    assert found.column("Subject", "cohort.id_column") == "Subject"
    assert "columns of one name: Age" in found.notes
    with pytest.raises(
        SettingsError, match='^cohort.label_column: "Age" is 2 columns of .*; rename or remove all but one$'
    ):
        found.column("Age", "cohort.label_column")


def test_an_absent_column_is_answered_with_the_nearest(table):
    found = read_delimited(table("Subject,Gender,,Age\n1,F,,3\n"))
    with pytest.raises(SettingsError, match='^cohort.x is "Gendre", no column of .*; nearest of its 3: Gender$'):
        found.column("Gendre", "cohort.x")
    with pytest.raises(
        SettingsError, match='^cohort.x is "DX" or "Group", no column of .*; nearest of its 3: Subject, Ge'
    ):
        found.column(("DX", "Group"), "cohort.x")
    with pytest.raises(SettingsError, match="no column of"):
        found.column("", "cohort.x")


def test_columns_parted_by_spaces_are_explained(table):
    with pytest.raises(
        SettingsError, match=r"nearest of its 1: Subject Age \(commas, semicolons or tabs part columns\)$"
    ):
        read_delimited(table("Subject Age\n1 2\n")).column("Subject", "cohort.x")


REFUSED = {
    "empty": (b"", "empty; set cohort.table to a table with a header"),
    "only separators": (b",,,\n\n,\n", "empty; set cohort.table to a table with a header"),
    "header alone": (b"Subject,Age\n", "a header of 2 columns without a row; export the table again"),
    "spreadsheet": (
        b"PK\3\4\x14\0",
        "a spreadsheet or another zip file; export the sheet as CSV, and set cohort.table to",
    ),
    "old spreadsheet": (
        b"\xd0\xcf\x11\xe0\xa1",
        "an old spreadsheet; export the sheet as CSV, and set cohort.table to",
    ),
    "gzip": (b"\x1f\x8b\x08\0", "packed with gzip; unpack it, and set cohort.table to that"),
    "login page": (b"\n <!DOCTYPE html><html>", "a web page, perhaps a login; download the table again, signed in"),
    "NUL bytes": (b"Subject,Age\n1,2\n3,\0\0\0", "damaged, 3 NUL bytes from line 3 on; export or copy it again"),
    "binary": (bytes(range(1, 256)) * 4, "no text; set cohort.table to a CSV or TSV file"),
    "broken UTF-16": (b"\xff\xfeS\0u\0b", "said to be utf-16 but broken at byte 6; save it again as UTF-8"),
    "open quote": (b'A,B\n1,2\n2,"x\n3,4\n', "a quotation mark in line 3 is never closed; close it, or export again"),
    "open quote at the end": (b'A,B\n1,"', "a quotation mark in line 2 is never closed; close it, or export again"),
    "endless cell": (
        b'A,B\n1,"' + b"x\n" * 99_999,
        "cannot be parted in line 2: field larger than field limit (131072); a",
    ),
    "row names of R": (
        b"A,B\n1,2,3\n2,3,4\n",
        "no row fits the header; line 2: 3 fields, but 2 columns; a separator inside a cell "
        "may lack its quotes; R leaves out the header of row names: write the table with row.names = FALSE",
    ),
}


@pytest.mark.parametrize("content, told", REFUSED.values(), ids=REFUSED)
def test_what_is_no_table_is_told_in_one_line(table, content, told):
    path = table(content)
    with pytest.raises(InputError) as raised:
        read_delimited(path)
    assert str(raised.value).startswith(f"{path}: {told}")
    assert str(raised.value).isprintable()


def test_rows_that_a_lone_quotation_mark_hides_in_a_cell_are_noted(table):
    found = read_delimited(table('A,B\n1,"x\n2,y\n3,z"\n4,5\n'))
    assert [row["A"] for row in found.rows] == ["1", "4"]
    (note,) = found.notes
    assert note.startswith("longer than a line: 1 row, the first in line 2; if a quotation mark lacks its partner")


def test_a_folder_and_a_missing_file_are_told_apart(tmp_path):
    with pytest.raises(InputError, match="people.csv: no such file in .*; set cohort.x to the file$"):
        read_delimited(tmp_path / "people.csv", "cohort.x")
    with pytest.raises(InputError, match=": a folder; set cohort.x to a file in it$"):
        read_delimited(tmp_path, "cohort.x")


def test_a_hundred_thousand_rows_of_twenty_columns_take_under_two_seconds(table):
    header = ",".join(f"c{number}" for number in range(20))
    rows = [",".join(f"{row:03}x{number}" for number in range(20)) for row in range(100_000)]
    path = table("\n".join([header, *rows]))
    start = time.process_time()
    found = read_delimited(path)
    assert time.process_time() - start < 2
    assert len(found.rows) == 100_000 and found.rows[7]["c19"] == "007x19"
