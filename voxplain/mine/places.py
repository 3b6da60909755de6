"""What the names that somebody gives of their own network and files mean, told without opening any of them.

A network is ``package.module:builder`` or ``file.py:builder``. Read while a run is planned: nothing of theirs is run.
"""

import os
import sys
from pathlib import Path

from voxplain.errors import SettingsError

PHOTOS = ".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp"
VOLUMES = ".nii", ".nii.gz"


def parts_of(where):
    """Module or file, and the name of the builder in it; SettingsError where ``where`` is not the two with a colon."""
    module, _, builder = str(where).rpartition(":")
    if not module or not builder.isidentifier():
        raise SettingsError(f'model is "{where}"; say where its builder is, file.py:builder or package.module:builder')
    return module, builder


def is_file(module):
    """Whether a module is meant by its file's name and not by its dotted one."""
    return module.endswith(".py") or "/" in module


def source_of(where):
    """Path of the file that a builder is written in, or None where none is found without importing anything."""
    module, _ = parts_of(where)
    if is_file(module):
        return module
    for folder in [*sys.path, os.getcwd()]:
        stem = Path(folder, *module.split("."))
        for file in (stem.with_suffix(".py"), stem / "__init__.py"):
            if file.is_file():
                return str(file)
    return None


def is_photo(path):
    """Whether a file is named as a picture of two dimensions."""
    return str(path).lower().endswith(PHOTOS)


def is_image(value):
    """Whether an option's value is the name of an image's file."""
    return isinstance(value, str) and value.lower().endswith((*PHOTOS, *VOLUMES))


def files_in(options):
    """Every name of an image's file among the values of ``options``, also inside lists and sections."""
    if isinstance(options, dict):
        options = list(options.values())
    if isinstance(options, list | tuple):
        return [path for one in options for path in files_in(one)]
    return [options] if is_image(options) else []


def suffixes_of(volume):
    """Suffixes of the map of the file ``volume``, its picture and what made it."""
    return {"map": ".npy" if is_photo(volume) else ".nii.gz", "picture": ".png", "about": ".json"}
