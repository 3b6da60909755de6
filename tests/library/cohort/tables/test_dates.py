from datetime import date

import pytest

from voxplain.cohort.tables.dates import parse_date

DAY = date(2005, 9, 1)


@pytest.mark.parametrize(
    "text",
    [
        "2005-09-01",
        "2005-9-1",
        " 2005-09-01 ",
        "2005/09/01",
        "2005-09-01 12:30:00",
        "2005-09-01T00:00:00.000Z",
        "20050901",
    ]
    + ["2005-09-01_00_00_00.0", "2005-09-01_13_05_59.0", "9/1/2005", "09/01/2005", "9/01/2005", "9/1/05", "09-01-2005"]
    + ["9/1/2005 0:00", "9/1/05 12:00 AM", "1-Sep-2005", "01-SEP-05", "1 September 2005", "01Sep2005", "1.9.2005"],
)
def test_every_way_of_writing_one_day_is_that_day(text):
    assert parse_date(text) == DAY


@pytest.mark.parametrize("text", ["1/9/2005", "01/09/05", "1-9-2005", "1.9.2005", "2005-09-01", "1-Sep-2005"])
def test_the_day_comes_first_where_it_is_said_to(text):
    assert parse_date(text, day_first=True) == DAY


@pytest.mark.parametrize(
    "text",
    ["2005-02-30", "2005-13-01", "13/40/2005", "23/1/2006", "31-Feb-2005", "20051301", "0000-00-00", "00/00/0000"]
    + [
        "",
        "2005",
        "2005-09",
        "Sep 2005",
        "22-25",
        "36+",
        "1/2",
        "12",
        "1-Foo-2005",
        "1813-01-01",
        "9/1-2005",
        "9/1/205",
    ]
    + ["２００５-09-01", "2005-09-01x", "1e5", None, 20059],
)
def test_what_is_no_day_is_none(text):
    assert parse_date(text) is None


def test_an_order_that_does_not_fit_is_not_turned_round():
    assert parse_date("1/23/2006") == date(2006, 1, 23)
    assert parse_date("1/23/2006", day_first=True) is None


def test_years_of_two_digits_are_1969_to_2068():
    assert [parse_date(f"1/2/{year}").year for year in ("69", "99", "00", "68")] == [1969, 1999, 2000, 2068]
