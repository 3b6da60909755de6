"""The documented settings: where they are written, and what is ready to be named."""

from pathlib import Path

import yaml

CONFIG = Path(__file__).parent.parent.parent / "config"


def ready_labels():
    """The settings of the labels that come with voxplain, by name."""
    return yaml.safe_load((CONFIG / "labels.yaml").read_text(encoding="utf-8"))


def recipes():
    """The settings that belong to each recipe of an input, by its name."""
    return yaml.safe_load((CONFIG / "recipes.yaml").read_text(encoding="utf-8"))


def trainings():
    """The settings of the section ``training`` that belong to each preset, by its name."""
    return yaml.safe_load((CONFIG / "trainings.yaml").read_text(encoding="utf-8"))
