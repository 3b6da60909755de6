import pytest

from tests.library.merging import merged
from voxplain.errors import SettingsError
from voxplain.settings.insight import options_of_part
from voxplain.settings.known import default_settings

DEFAULTS = default_settings()["insight"]


@pytest.mark.parametrize(
    ("asked", "runs"),
    [(True, True), (False, False), (None, False), ({"levels": 64}, True), ({"levels": 64, "run": False}, False)],
)
def test_a_part_is_a_word_or_a_section_which_runs_unless_it_says_not_to(asked, runs):
    part = merged(insight={"first_layer": asked})["insight"]["first_layer"]
    levels = {"levels": 64} if isinstance(asked, dict) else {}
    assert part == DEFAULTS["first_layer"] | {"run": runs} | levels


def test_switching_a_part_on_changes_no_other_part_and_nothing_that_its_rule_is_given():
    before, after = merged(), merged(insight={"first_layer": True})
    assert options_of_part(before, "first_layer") == options_of_part(after, "first_layer")
    assert before["insight"] | {"first_layer": None} == after["insight"] | {"first_layer": None}


def test_settings_that_are_complete_stay_as_they_are():
    once = merged(insight={"first_layer": True, "weights": False})["insight"]
    assert merged(insight=once)["insight"] == once


def test_a_part_can_be_switched_on_and_off_by_text_as_the_command_line_hands_it_over():
    assert merged(insight={"first_layer": "true"})["insight"]["first_layer"]["run"]
    assert merged(insight={"first_layer": {"run": "false"}})["insight"]["first_layer"]["run"] is False


@pytest.mark.parametrize(
    ("insight", "line"),
    [
        ({"wieghts": True}, 'unknown setting "insight.wieghts"; did you mean "weights"?'),
        ({"weights": {"layer": "all"}}, 'unknown setting "insight.weights.layer"; did you mean "layers"?'),
        (
            {"weights": 3},
            'setting "insight.weights" is 3, but should be a section or true or false or null',
        ),
        (
            {"weights": {"layers": "last"}},
            "setting \"insight.weights.layers\" is 'last', but should be one of first, all or a list",
        ),
        (
            {"weights": {"scans_per_split": 0}},
            'setting "insight.weights.scans_per_split" is 0, but should be at least 1',
        ),
        ({"first_layer": {"levels": 1}}, 'setting "insight.first_layer.levels" is 1, but should be at least 2'),
        (
            {"activation_maximisation": {"start": "brain"}},
            "setting \"insight.activation_maximisation.start\" is 'brain', but should be one of mean, subject, noise",
        ),
        (
            {"activation_maximisation": {"priors": {"l1": 1}}},
            'unknown setting "insight.activation_maximisation.priors.l1"; did you mean "l2"?',
        ),
        (
            {"activation_maximisation": {"projected": []}},
            'setting "insight.activation_maximisation.projected" is [], but should be a list of at least 1',
        ),
        (
            {"activation_maximisation": {"targets": [{"layer": "features.conv1"}]}},
            'setting "insight.activation_maximisation.targets.0.channel" is missing; add it',
        ),
        (
            {"activation_maximisation": {"targets": [2]}},
            'setting "insight.activation_maximisation.targets" has 2, but experiment head tells classes 0 to 1; '
            "leave it out",
        ),
    ],
)
def test_a_wrong_setting_of_a_part_is_one_line(insight, line):
    with pytest.raises(SettingsError) as stopped:
        merged(insight=insight)
    assert str(stopped.value) == line


def test_groups_of_the_first_layer_are_of_a_column_that_is_carried_along():
    with pytest.raises(SettingsError) as stopped:
        merged(insight={"first_layer": {"groups": "Height"}}, cohort={"covariates": ["Age"]})
    assert str(stopped.value) == (
        'setting "insight.first_layer.groups" names Height, which is not carried along; add it to cohort.covariates'
    )
