from hypothesis import given
from hypothesis import strategies as st

from voxplain.cohort.dealing.groups import grouped


def rows(*told):
    return [dict(zip(("subject", "family", "patient"), one, strict=True)) for one in told]


def test_without_columns_a_group_is_a_subject():
    assert grouped(rows(("sub-b", "1", ""), ("sub-a", "1", ""), ("sub-b", "2", ""))) == ["sub-b", "sub-a", "sub-b"]


def test_two_columns_tie_through_each_other():
    people = rows(("sub-a", "1", "P"), ("sub-b", "1", "Q"), ("sub-c", "2", "Q"), ("sub-d", "3", "R"))
    assert grouped(people, ["family", "patient"]) == ["sub-a", "sub-a", "sub-a", "sub-d"]
    assert grouped(people, ["family"]) == ["sub-a", "sub-a", "sub-c", "sub-d"]


def test_empty_cells_tie_nobody():
    people = rows(("sub-a", "", "NA"), ("sub-b", " ", "n/a"), ("sub-c", "nan", "None"))
    assert grouped(people, ["family", "patient"]) == ["sub-a", "sub-b", "sub-c"]


def test_equal_cells_of_different_columns_tie_nobody():
    assert grouped(rows(("sub-a", "7", ""), ("sub-b", "", "7")), ["family", "patient"]) == ["sub-a", "sub-b"]


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 5), st.integers(0, 5)), max_size=25))
def test_groups_are_the_connected_parts_of_the_graph_of_shared_cells(people):
    told = rows(*((f"sub-{one}", str(family), str(patient)) for one, family, patient in people))
    names = grouped(told, ["family", "patient"])
    # The slow way: spread the least name until nothing changes.
    least = [row["subject"] for row in told]
    while True:
        tied = [
            min(least[other] for other in range(len(told)) if any(told[other][key] == row[key] for key in row))
            for row in told
        ]
        if tied == least:
            break
        least = tied
    assert names == least
