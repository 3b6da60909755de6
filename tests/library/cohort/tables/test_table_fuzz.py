import io

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.library.cohort.adni_tables import collection_rows, write_rows
from voxplain.cohort.tables.dates import parse_date
from voxplain.cohort.tables.delimited import read_delimited
from voxplain.cohort.tables.features import read_features
from voxplain.cohort.tables.given import given_split
from voxplain.cohort.tables.id_files import read_ids
from voxplain.cohort.tables.labels import Label
from voxplain.cohort.tables.ranges import parse_range
from voxplain.cohort.tables.vocabulary import diagnosis, site, visit
from voxplain.errors import VoxplainError

fuzz = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
pieces = st.sampled_from(
    [b'"', b",", b";", b"\t", b"\n", b"\r", b"\0", b"\xff\xfe", b"\xe9", b"\xef\xbb\xbf", b"sep=;\n"]
)
LABELS = [
    Label("dx", {"column": "Group", "classes": {"CN": 0, "AD": 1}, "vocabulary": "adni"}),
    Label("sex", {"column": "Sex", "classes": {"1": 0, "2": 1}}),
    Label("age", {"column": "Age", "ranges": {"<60": 0, "60-70": 1, "71+": 1}}),
    Label("old", {"column": "Age", "thresholds": [60, 70]}),
    Label("years", {"column": "Age", "regression": True}),
]


@pytest.fixture(scope="module")
def collection(tmp_path_factory):
    return write_rows(tmp_path_factory.mktemp("fuzz") / "collection.csv", collection_rows()).read_bytes()


@fuzz
@given(content=st.binary(max_size=300) | st.lists(pieces | st.binary(max_size=4), max_size=40).map(b"".join))
def test_any_bytes_end_in_a_result_or_in_one_line(tmp_path, content):
    _read_in_every_way(tmp_path, content)


@fuzz
@given(data=st.data())
def test_a_table_that_was_damaged_ends_in_a_result_or_in_one_line(tmp_path, collection, data):
    content = bytearray(collection)
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, len(content)))
        content[at : at + data.draw(st.integers(0, 60))] = data.draw(pieces | st.binary(max_size=6))
    table = _read_in_every_way(tmp_path, bytes(content))
    if table is not None:
        assert all(len(row) == len(set(table.header)) for row in table.rows)
        assert all(line > 1 and wrong.isprintable() for line, _, wrong in table.ragged)


@fuzz
@given(data=st.data())
def test_an_array_that_was_damaged_ends_in_ids_or_in_one_line(tmp_path, data):
    file = io.BytesIO()
    np.save(file, data.draw(st.sampled_from([np.arange(9), np.array(["007", "8"]), np.zeros(3), np.array([b"1"])])))
    content = bytearray(file.getvalue())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1) | st.integers(0, 127))
        content[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    path = tmp_path / "ids.npy"
    path.write_bytes(content)
    for one, reason in _one_line(read_ids, path, "cohort.leave_out") or []:
        assert one == one.strip() != "" and reason == ""


@fuzz
@given(
    text=st.text(max_size=20)
    | st.from_regex(r"[0-9/\-. ]{1,12}|[a-zA-Z0-9 ]{0,20}|[<>=]{0,2}-?[0-9.+-]{1,8}", fullmatch=True)
)
def test_any_cell_has_a_meaning_or_none(text):
    assert diagnosis(text) in (None, "CN", "SMC", "EMCI", "MCI", "LMCI", "AD")
    assert visit(text) is None or visit(text).token.isalnum()
    assert site(text) == "" or len(site(text)) == 3
    parse_date(text), parse_range(text)
    for label in LABELS:
        found, reason = label.value(text)
        assert (found is None) != (reason is None)
        assert reason is None or (reason.isprintable() and len(reason) < 400)


def _read_in_every_way(tmp_path, content):
    path = tmp_path / "table.csv"
    path.write_bytes(content)
    _one_line(read_ids, path, "cohort.leave_out")
    _one_line(given_split, {"train": path})
    _one_line(read_features, path, "Subject")
    table = _one_line(read_delimited, path)
    if table is not None:
        _one_line(table.column, ("Subject", "Image Data ID"), "cohort.columns.subject")
    return table


def _one_line(function, *arguments):
    try:
        return function(*arguments)
    except VoxplainError as fault:
        assert str(fault).isprintable() and len(str(fault)) < 1500, str(fault)
        return None
