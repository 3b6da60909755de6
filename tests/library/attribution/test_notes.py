import pytest

from voxplain.attribution.notes import note, notes


def test_lists_grow_from_batch_to_batch_and_other_values_are_replaced():
    with notes() as said:
        note("error", [1.0, 2.0])
        note("route", "hooks")
        note("error", [3.0])
        note("route", "torch.fx")
    assert said == {"error": [1.0, 2.0, 3.0], "route": "torch.fx"}


def test_nothing_is_heard_outside_or_by_those_further_out():
    note("error", [1.0])
    with notes() as said:
        with notes() as inner:
            note("error", [2.0])
        note("error", [3.0])
    note("error", [4.0])
    assert inner == {"error": [2.0]}
    assert said == {"error": [3.0]}


def test_an_exception_ends_the_listening():
    with pytest.raises(KeyboardInterrupt), notes() as said:
        raise KeyboardInterrupt
    note("error", [1.0])
    assert said == {}
