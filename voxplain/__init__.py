"""Relevance maps of brain MRI classifiers, from the scanner archive to the group average."""

from importlib import import_module

__version__ = "0.1.0.dev0"

_HOMES = {
    "attribute": "voxplain.attribution.attribute",
    "methods": "voxplain.attribution.table",
    "build": "voxplain.networks.build",
    "networks": "voxplain.networks.table",
    "VoxplainError": "voxplain.errors",
    "InputError": "voxplain.errors",
    "SettingsError": "voxplain.errors",
    "UnsupportedModel": "voxplain.errors",
}
__all__ = ["__version__", *_HOMES]


def __getattr__(name):
    if name not in _HOMES:
        raise AttributeError(f"module 'voxplain' has no attribute {name!r}")
    # a sub-package of the same name as a public function must not hide it, so the name is looked up every time
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__():
    return sorted(__all__)
