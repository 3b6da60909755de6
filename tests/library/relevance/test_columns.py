import pandas as pd
import pytest

from voxplain.errors import InputError
from voxplain.relevance.columns import column_groups

TABLE = pd.DataFrame(
    {
        "scan": [f"sub-{number}" for number in range(9)],
        "Sex": ["F", "M", "F", "M", "F", "", "F", "M", "M"],
        "Age": [22, 35.5, 60, 61, "", 44, 29, 30, 31],
        "grade": [1, 2, 1, 2, 1, 2, 1, 2, 1],
    }
)


def scans(*numbers):
    return {f"sub-{number}" for number in numbers}


def test_text_goes_by_its_values_and_who_has_none_is_told():
    groups, notes = column_groups(TABLE, {"Sex": None})
    assert groups == {"SexF": scans(0, 2, 4, 6), "SexM": scans(1, 3, 7, 8)}
    assert notes == dict.fromkeys(groups, "Sex is not known of 1 of 9 scans, which are in none of its groups")


def test_a_limit_belongs_to_the_band_above_it_and_an_empty_band_is_there():
    groups, _ = column_groups(TABLE, {"Age": [60, 30, 99.5]})
    assert groups == {
        "Agebelow30": scans(0, 6),
        "Age30to60": scans(1, 5, 7, 8),
        "Age60to99p5": scans(2, 3),
        "Agefrom99p5": set(),
    }


def test_many_numbers_go_by_tertiles_and_few_by_their_values():
    groups, _ = column_groups(TABLE, {"Age": None, "grade": None})
    assert {name: len(held) for name, held in groups.items()} == {
        "Agebelow30": 2,
        "Age30to44": 3,
        "Agefrom44": 3,
        "grade1": 5,
        "grade2": 4,
    }


def test_values_that_read_alike_keep_groups_of_their_own():
    table = pd.DataFrame({"scan": ["a", "b"], "site": ["x-1", "x1"]})
    groups, _ = column_groups(table, {"site": None})
    assert groups == {"sitex1": {"a"}, "sitex1no2": {"b"}}


@pytest.mark.parametrize(
    ("by", "told"),
    [
        ({"Hand": None}, "no column Hand"),
        ({"Sex": [1]}, "Sex has limits but holds no number"),
    ],
)
def test_a_column_that_cannot_serve_is_named_in_one_line(by, told):
    with pytest.raises(InputError, match=told) as fault:
        column_groups(TABLE, by)
    assert "\n" not in str(fault.value)


def test_a_column_of_names_is_refused():
    table = pd.DataFrame({"scan": range(50), "name": [f"n{number}" for number in range(50)]})
    with pytest.raises(InputError, match="50 values"):
        column_groups(table, {"name": None})


def test_bands_of_text_keep_their_ends_apart():
    table = pd.DataFrame({"scan": ["a", "b"], "Age": ["22-25", "36+"]})
    groups, _ = column_groups(table, {"Age": None})
    assert groups == {"Age22to25": {"a"}, "Age36": {"b"}}
