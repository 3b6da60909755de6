import pytest

from voxplain.errors import SettingsError
from voxplain.relevance.groups import GROUPS, members

LABEL = [0, 0, 1, 1]
PREDICTED = [0, 1, 1, 0]


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        ("all", [1, 1, 1, 1]),
        ("correct", [1, 0, 1, 0]),
        ("class0", [1, 1, 0, 0]),
        ("class1", [0, 0, 1, 1]),
        ("class0correct", [1, 0, 0, 0]),
        ("class1correct", [0, 0, 1, 0]),
        ("wrong", [0, 1, 0, 1]),
        ("class0wrong", [0, 1, 0, 0]),
        ("class1wrong", [0, 0, 0, 1]),
        ("predicted0", [1, 0, 0, 1]),
        ("predicted1", [0, 1, 1, 0]),
        ("tp", [0, 0, 1, 0]),
        ("tn", [1, 0, 0, 0]),
        ("fp", [0, 1, 0, 0]),
        ("fn", [0, 0, 0, 1]),
    ],
)
def test_a_group_holds_the_scans_its_name_says(group, expected):
    assert group in GROUPS
    assert members(group, LABEL, PREDICTED).tolist() == [bool(one) for one in expected]


def test_an_unknown_group_is_named_in_one_line():
    with pytest.raises(SettingsError, match='unknown group "class1tp"; use some of all, correct'):
        members("class1tp", LABEL, PREDICTED)
