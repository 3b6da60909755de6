"""What docs/insight promises: calls that there are, parts that there are, settings that are settings."""

import re
from pathlib import Path

import pytest
import yaml

import voxplain
from voxplain.settings.known import default_settings
from voxplain.settings.merging import merged_settings

INDEX = (Path(__file__).parents[3] / "docs" / "insight" / "README.md").read_text()
ROWS = [row.strip("| \n").split("|") for row in INDEX.splitlines() if row.startswith("| [")]
CALLS = [name for row in ROWS for name in re.findall(r"`(\w+)`", row[-1])]


@pytest.mark.parametrize("name", CALLS)
def test_a_call_that_the_index_names_is_a_name_of_voxplain_and_says_what_it_gives(name):
    assert name in voxplain.__all__ and getattr(voxplain, name).__doc__
    assert getattr(voxplain, name).__module__.startswith("voxplain.insight.")


def test_the_index_names_every_call_into_networks_that_voxplain_has():
    assert {name for name, home in voxplain._HOMES.items() if home.startswith("voxplain.insight.")} == set(CALLS)


def test_the_index_names_every_part_of_the_settings():
    parts = {name for row in ROWS if len(row) == 4 for name in re.findall(r"`(\w+)`", row[2])}
    assert parts - {"pretrain"} == set(default_settings()["insight"])


def test_the_settings_that_the_index_shows_are_settings():
    for text in re.findall(r"```yaml\n(.*?)```", INDEX, re.S):
        settings = merged_settings(yaml.safe_load(text), voxplain.networks(), voxplain.methods())
        assert settings["insight"]["first_layer"]["run"] and not settings["insight"]["weights"]["run"]
