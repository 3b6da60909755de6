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


def known_methods():
    """What is known of attribution methods before a network is trained: presets, options beside them, refusals."""
    return yaml.safe_load((CONFIG / "methods.yaml").read_text(encoding="utf-8"))


def known_options():
    """What the options of methods may be; see voxplain.settings.method_options."""
    return yaml.safe_load((CONFIG / "options.schema.yaml").read_text(encoding="utf-8"))
