import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voxplain.cohort.tables.labels import Label
from voxplain.cohort.tables.ranges import parse_range
from voxplain.errors import SettingsError
from voxplain.settings.known import ready_labels

DX = {"column": "DX", "classes": {"CN": 0, "AD": 1}}
AGE = {"column": "Age", "ranges": {"22-25": 0, "26-30": 0, "31-35": 1, "36+": 2}}
ADNI = DX | {"vocabulary": "adni"}


def label(**given):
    return Label("mine", {"column": "DX"} | given)


@pytest.mark.parametrize(
    "given, cell, found",
    [
        (DX, "AD", 1),
        (DX, " CN ", 0),
        ({"column": "Sex", "classes": {1: 0, 2: 1}}, "2", 1),
        ({"column": "Sex", "classes": {1: 0, 2: 1}}, "2.0", 1),
        ({"column": "Sex", "classes": {"None": 0, "NA": 1}}, "NA", 1),
        (ADNI, "Dementia", 1),
        (ADNI, "Conversion: MCI to Dementia", 1),
        (ADNI, "Cognitively Normal", 0),
        (AGE, "22-25", 0),
        (AGE, "22 – 25", 0),
        (AGE, "36+", 2),
        (AGE, "22", 0),
        (AGE, "30", 0),
        (AGE, "31.0", 1),
        (AGE, "101", 2),
        ({"column": "Age", "thresholds": [30.5]}, "30.49", 0),
        ({"column": "Age", "thresholds": [30.5]}, "30.5", 1),
        ({"column": "Age", "thresholds": [30, 60]}, "60", 2),
        ({"column": "Age", "thresholds": [30, 60]}, "-1e1", 0),
        ({"column": "Age", "regression": True}, "71.25", 71.25),
        ({"column": "Age", "regression": True}, "-4", -4.0),
    ],
)
def test_a_cell_has_the_class_that_the_settings_give_it(given, cell, found):
    assert Label("mine", given).value(cell) == (found, None)


@pytest.mark.parametrize(
    "given, cell, reason",
    [
        (DX, "", "no DX in the table"),
        (DX, "NA", "no DX in the table"),
        (DX, "MCI", "DX is 'MCI', none of this label's classes (CN, AD)"),
        (DX, "cn", "DX is 'cn', none of this label's classes (CN, AD)"),
        (DX, "Dementia", "DX is 'Dementia', none of this label's classes (CN, AD)"),
        (ADNI, "MCI", "DX is 'MCI', none of this label's classes (CN, AD)"),
        (ADNI, "NL to MCI", "DX is 'NL to MCI', none of this label's classes (CN, AD)"),
        (ADNI, "Demnetia", "DX is 'Demnetia', no diagnosis that is known; did you mean Dementia"),
        (ADNI, "3", "DX is '3', no diagnosis that is known"),
        (ADNI, "a\nb\x07", "DX is 'a b?', no diagnosis that is known"),
        (AGE, "21", "Age is '21', in none of this label's ranges (22-25, 26-30, 31-35, 36+)"),
        (AGE, "25.5", "Age is '25.5', in none of this label's ranges (22-25, 26-30, 31-35, 36+)"),
        (AGE, "22-30", "Age is '22-30', no number and none of this label's ranges (22-25, 26-30, 31-35, 36+)"),
        ({"column": "Age", "thresholds": [30.5]}, "30,4", "Age is '30,4', no number; decimals need a point"),
        ({"column": "Age", "thresholds": [30.5]}, "inf", "Age is 'inf', no number"),
        ({"column": "Age", "regression": True}, "1_000", "Age is '1_000', no number"),
        ({"column": "Age", "regression": True}, "nan", "no Age in the table"),
        ({"column": "Age", "regression": True}, "1e999", "Age is '1e999', no number"),
    ],
)
def test_a_cell_without_a_class_says_why_in_the_users_words(given, cell, reason):
    assert Label("mine", given).value(cell) == (None, reason)


def test_classes_are_named_by_their_texts():
    assert Label("mine", AGE).names == ["22-25, 26-30", "31-35", "36+"]
    assert Label("mine", AGE).kind == "ranges"
    assert label(thresholds=[30.5]).names == ["<30.5", ">=30.5"]
    assert label(thresholds=[30, 60]).names == ["<30", ">=30, <60", ">=60"]
    assert label(regression=True).names == []
    assert label(classes={"b": 1, "a": 0}).names == ["a", "b"]


@pytest.mark.parametrize(
    "given, told",
    [
        ({}, "nothing given; give one of classes, ranges, thresholds, regression"),
        ({"regression": False}, "nothing given; give one of"),
        ({"classes": {"a": 0, "b": 1}, "regression": True}, "classes and regression given; give one of"),
        ({"column": None, "regression": True}, "no column; name the table's column that holds it"),
        ({"clases": {"a": 0, "b": 1}}, 'unknown setting "clases"; did you mean "classes"'),
        ({"classes": {}}, "its classes are none; they must be 0, 1 and so on without a gap, at least two"),
        ({"classes": {"a": 0, "b": 0}}, "its classes are 0; they must be 0, 1"),
        ({"classes": {"a": 0, "b": 2}}, "its classes are 0, 2; they must be 0, 1"),
        ({"classes": {"a": 1, "b": 2}}, "its classes are 1, 2; they must be 0, 1"),
        ({"classes": {"a": 0, "b": True}}, "the class of 'b' is 'True', no whole number"),
        ({"classes": {"a": 0, "b": "1"}}, "the class of 'b' is '1', no whole number"),
        ({"classes": {False: 0, "b": 1}}, "YAML reads a name in it as False; put it in quotes"),
        ({"classes": ["a", "b"]}, "give each text its class, as in {CN: 0, AD: 1}"),
        ({"classes": {"1": 0, "1.0": 1}}, '"1.0" means 1.0, which has another class already'),
        ({"classes": {"AD": 0, "Foo": 1}, "vocabulary": "adni"}, 'class "Foo" is no diagnosis that is known'),
        ({"classes": {"AD": 0, "Dementia": 1}, "vocabulary": "adni"}, '"Dementia" means AD, which has another class'),
        ({"classes": {"AD": 0, "CN": 1}, "vocabulary": "icd"}, "vocabulary is adni, beside classes, or null"),
        ({"regression": True, "vocabulary": "adni"}, "vocabulary is adni, beside classes, or null"),
        ({"ranges": {"22-25": 0, "25-30": 1}}, '"22-25" and "25-30" overlap; a number may lie in one range only'),
        ({"ranges": {"22-25": 0, "36+": 1, ">=40": 1}}, '"36+" and ">=40" overlap'),
        ({"ranges": {"<22": 0, "20-30": 1}}, '"<22" and "20-30" overlap'),
        ({"ranges": {"1-9": 0, "5": 1}}, '"1-9" and "5" overlap'),
        ({"ranges": {"young": 0, "36+": 1}}, '"young" is no range; write 22-25, 36+ or <22'),
        ({"ranges": {"30-20": 0, "36+": 1}}, '"30-20" is no range'),
        ({"thresholds": []}, "thresholds are a list of numbers, each above the one before it"),
        ({"thresholds": [3, 3]}, "thresholds are a list of numbers, each above the one before it"),
        ({"thresholds": ["a"]}, "thresholds are a list of numbers, each above the one before it"),
        ({"thresholds": 30}, "thresholds are a list of numbers, each above the one before it"),
        ({"regression": "yes"}, "regression is true, or left out"),
    ],
)
def test_settings_that_leave_a_class_open_are_refused_in_one_line(given, told):
    with pytest.raises(SettingsError) as raised:
        label(**given)
    assert str(raised.value).startswith(f"cohort.labels.mine: {told}")
    assert str(raised.value).isprintable()


def test_touching_ranges_that_share_no_number_are_apart():
    ranges = label(ranges={"<22": 0, ">=22": 1})
    assert [ranges.value(text)[0] for text in ("21.9", "22")] == [0, 1]
    assert label(ranges={"<=22": 0, ">22": 1}).value("22") == (0, None)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(low=st.integers(-50, 50), size=st.integers(0, 20), value=st.integers(-80, 80))
def test_a_range_holds_exactly_the_numbers_between_its_ends(low, size, value):
    assert parse_range(f"{low}-{low + size}").holds(value) == (low <= value <= low + size)
    assert parse_range(f"{low}+").holds(value) == (value >= low)
    assert parse_range(f"<{low}").holds(value) == (value < low)
    assert parse_range(f">{low}").holds(value) == (value > low)
    assert parse_range(str(low)).holds(value) == (value == low)


def test_every_ready_label_can_be_used():
    ready = {name: Label(name, one) for name, one in ready_labels().items()}
    assert {name: one.column for name, one in ready.items() if name.startswith("hcp")} == {
        "hcp_age4": "Age",
        "hcp_age3": "Age",
        "hcp_age2": "Age",
        "hcp_sex": "Gender",
    }
    ages = ["22-25", "26-30", "31-35", "36+", "28", "40"]
    assert [ready["hcp_age4"].value(age)[0] for age in ages] == [0, 1, 2, 3, 1, 3]
    assert [ready["hcp_age3"].value(age)[0] for age in ages] == [0, 1, 2, None, 1, None]
    assert [ready["hcp_age2"].value(age)[0] for age in ages] == [0, 0, 1, 1, 0, 1]
    assert [ready["hcp_sex"].value(sex)[0] for sex in "MFX"] == [1, 0, None]
    assert [ready["adni_ad_cn"].value(dx)[0] for dx in ("Dementia", "CN", "MCI", "NL", "?")] == [1, 0, None, 0, None]


def test_each_of_the_six_pairs_has_its_first_name_as_class_1_and_leaves_the_others_out():
    groups = {"ad": "AD", "emci": "EMCI", "lmci": "LMCI", "normal": "Normal"}
    pairs = [name for name in ready_labels() if name.startswith("adni_") and name != "adni_ad_cn"]
    assert len(pairs) == 6
    for name in pairs:
        _, first, second = name.split("_")
        pair = Label(name, ready_labels()[name])
        assert pair.column == "Label" and pair.names == [groups[second], groups[first]]
        found = {group: pair.value(group)[0] for group in groups.values()}
        assert found == dict.fromkeys(groups.values()) | {groups[first]: 1, groups[second]: 0}
