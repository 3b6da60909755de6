import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from voxplain.cohort.table import read_table
from voxplain.errors import VoxplainError

COHORT = {
    "id_column": "Subject",
    "label_column": "Gender",
    "classes": {"F": 0, "M": 1},
    "covariates": ["Age", "Release"],
}


@pytest.fixture
def read(tmp_path):
    def make(content, **changes):
        path = tmp_path / "behavioural.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_table(path, COHORT | changes)

    return make


def test_classes_and_covariates_are_read_as_text(read):
    table, problems = read("Subject,Release,Gender,Age,FS_Vol\n100307,S500,F,26-30,7\n007,S900,M,36+,8\n")
    assert table.to_dict("list") == {
        "source_id": ["100307", "007"],
        "label": [0, 1],
        "Gender": ["F", "M"],
        "Age": ["26-30", "36+"],
        "Release": ["S500", "S900"],
    }
    assert problems == []


def test_a_byte_order_mark_and_spaces_do_not_count(read):
    table, problems = read("\ufeff Subject ,Gender,Age,Release\r\n 100307 , F,,\r\n\r\n")
    assert table["source_id"].tolist() == ["100307"] and table["label"].tolist() == [0] and not problems


def test_quoted_commas_stay_inside_their_cell(read):
    assert read('Subject,Gender,Age,Release\n1,F,"22, about",x\n')[0]["Age"].tolist() == ["22, about"]


def test_empty_fields_beyond_the_columns_do_not_count(read):
    table, problems = read("Subject,Gender,Age,Release\n1,F,22,x,\n2,M,23,x,,,\n")
    assert len(table) == 2 and not problems


def test_na_may_be_a_class(read):
    table, _ = read("Subject,Gender,Age,Release\n1,NA,,\n2,M,,\n", classes={"NA": 0, "M": 1})
    assert table["label"].tolist() == [0, 1]


def test_classes_may_be_numbers_in_the_settings(read):
    assert read("Subject,Gender,Age,Release\n1,2,,\n", classes={1: 0, 2: 1})[0]["label"].tolist() == [1]


def test_a_column_called_as_one_of_ours_is_kept_beside_it(read):
    table, _ = read("subject,label,Age\n1,F,30\n", id_column="subject", label_column="label", covariates=["Age"])
    assert table.to_dict("list") == {"source_id": ["1"], "label": [0], "label_text": ["F"], "Age": ["30"]}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.lists(st.sampled_from(["1", "2", "F", "M", '"', "\n", "\r", "\0", "é", ";", ""]), max_size=7)))
def test_any_table_ends_in_a_result_or_in_one_line(read, rows):
    header = "Subject,Gender,Age,Release\n"
    try:
        table, problems = read(header + "\n".join(",".join(row) for row in rows))
    except VoxplainError as fault:
        assert "\n" not in str(fault)
    else:
        assert table["source_id"].is_unique and table["label"].isin([0, 1]).all()
        assert not set(table["source_id"]) & set(dict(problems))
        assert all("\n" not in reason for _, reason in problems)
