from math import inf, nan

from hypothesis import given
from hypothesis import strategies as st

from voxplain.report import sentences


def test_a_number_that_is_not_finite_reads_undefined():
    assert [sentences.number(value) for value in (nan, inf, None)] == ["undefined"] * 3
    assert sentences.number(0.756) == "0.76"


@given(st.floats(-0.004, 0.004))
def test_a_number_that_rounds_to_nothing_has_no_sign(value):
    assert sentences.number(value) == "0.00"


def test_an_interval_that_is_undefined_is_left_out():
    assert sentences.interval(0.8, nan, nan) == "0.80"
    assert sentences.interval(0.8, 0.7, 0.9) == "0.80 (95 % interval 0.70 to 0.90)"


def test_one_scan_is_not_scans():
    assert (sentences.count(1, "scan"), sentences.count(0, "scan")) == ("1 scan", "0 scans")


def test_words_are_listed_as_people_list_them():
    assert [sentences.listing("abc"[:length]) for length in (0, 1, 2, 3)] == ["", "a", "a and b", "a, b and c"]


def test_a_share_that_is_not_nothing_does_not_read_as_nothing():
    assert [sentences.percent(share) for share in (0, 0.001, 0.5)] == ["0 %", "less than 1 %", "50 %"]


def test_a_score_is_called_above_chance_only_if_its_interval_is():
    assert "above chance" in sentences.score("brain", "balanced_accuracy", 0.8, 0.6, 0.9)
    assert "cannot be told from chance" in sentences.score("brain", "balanced_accuracy", 0.8, 0.4, 0.9)
    assert "below chance" in sentences.score("brain", "roc_auc", 0.3, 0.1, 0.45)
    assert "chance" not in sentences.score("brain", "f1", 0.8, 0.6, 0.9)


def test_a_baseline_as_good_as_the_network_is_named():
    text = sentences.beside_baselines("head", 0.8, {"size": 0.85, "outside": 0.6})
    assert "brain size as the network sees it did as well or better" in text
    assert "did as well" not in sentences.beside_baselines("head", 0.9, {"size": 0.85, "outside": nan})


def test_that_a_network_looks_outside_the_brain_is_said_only_if_the_numbers_do():
    assert "looks outside the brain" in sentences.outside_brain("head", "gradient", 0.6, 0.8, 1.2)
    most = sentences.outside_brain("head", "gradient", 0.6, 0.8, 0.7)
    assert "looks outside" not in most and "Most of it lies outside" in most
    assert "lies inside the brain" in sentences.outside_brain("head", "gradient", 0.3, 0.8, 0.7)
    assert "zero everywhere" in sentences.outside_brain("head", "gradient", nan, 0.8, nan)


def test_the_side_of_the_strongest_voxel_follows_its_x():
    assert "(left)" in sentences.peak("gradient", "all", -1, 2, (-30, 0, 5))
    assert "(right)" in sentences.peak("gradient", "all", -1, 2, (30, 0, 5))
    assert "(midline)" in sentences.peak("gradient", "all", -1, 2, (0.5, 0, 5))


def test_a_map_that_outlives_its_weights_is_said_to_do_so():
    assert "not to what was learned" in sentences.cascade("gradient", 0.1, 0.0, 0.2, 0)
    assert "a part of the map does not depend" in sentences.cascade("gradient", 0.3, 0.0, 0.2, 0)
    assert "a part of the map does not depend" in sentences.cascade("gradient", 0.9, 0.6, 0.8, 0)
    assert "not to what was learned" in sentences.cascade("gradient", 0.7, 0.6, 0.8, 0)


def test_a_cascade_without_numbers_is_undefined_and_not_zero():
    assert "undefined" in sentences.cascade("gradCam", nan, 0.0, 0.2, 1.0)
    assert "no band" in sentences.cascade("gradient", 0.1, nan, nan, 0)
    assert "25 % of the comparisons are undefined" in sentences.cascade("gradient", 0.1, 0.0, 0.2, 0.25)


def test_a_method_beats_a_map_only_if_the_interval_of_the_difference_lies_above_zero():
    better = {"mean T1": (0.2, 0.1, 0.3), "brain mask": (0.4, 0.3, 0.5)}
    text = sentences.localisation("gradient", (0.86, 0.8, 0.9), better)
    assert "better than all 2 maps" in text and "0.20 (95 % interval 0.10 to 0.30) over mean T1" in text
    level = sentences.localisation("gradient", (0.86, 0.8, 0.9), better | {"edges": (0.1, -0.01, 0.2)})
    assert "not clearly better than edges" in level and "better than all" not in level
    assert "undefined" in sentences.localisation("gradCam", (nan, nan, nan), better)
