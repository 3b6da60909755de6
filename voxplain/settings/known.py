"""The documented settings: where they are written, and what is ready to be named."""

from pathlib import Path

import yaml

CONFIG = Path(__file__).parent.parent.parent / "config"
# Sections with files of their own beside config.yaml, <name>.yaml, and what they may hold, <name>.schema.yaml
SECTIONS = ("baselines", "insight", "publishing", "relevance", "sanity")


def default_settings():
    """The documented defaults of every section."""
    settings = _read("config.yaml")
    for name in SECTIONS:
        settings |= _read(f"{name}.yaml")
    return settings


def settings_schema():
    """The JSON schema of all settings."""
    schema = _read("settings.schema.yaml")
    for name in SECTIONS:
        schema["properties"] |= _read(f"{name}.schema.yaml")
    return schema


def ready_labels():
    """The settings of the labels that come with voxplain, by name."""
    return _read("labels.yaml")


def recipes():
    """The settings that belong to each recipe of an input, by its name."""
    return _read("recipes.yaml")


def trainings():
    """The settings of the section ``training`` that belong to each preset, by its name."""
    return _read("trainings.yaml")


def known_methods():
    """What is known of attribution methods before a network is trained: presets, options beside them, refusals."""
    return _read("methods.yaml")


def known_options():
    """What the options of methods may be; see voxplain.settings.method_options."""
    return _read("options.schema.yaml")


def _read(name):
    return yaml.safe_load((CONFIG / name).read_text(encoding="utf-8"))
