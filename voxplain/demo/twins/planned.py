"""A made twin's files, made while a run of it is planned: what is planned follows from its archives and tables."""

import json
from pathlib import Path

from voxplain.errors import SettingsError
from voxplain.settings.twins import twin_folder

MANIFEST = "manifest.json"
# Another number where the same settings give other files.
VERSION = 1
OF_PATHS = ("source", "archives", "table", "tables", "columns", "features", "made")


def planned_twin(settings):
    """Make the files of the made twin ``settings``, unless they are there; a line that says so, or None.

    Raises SettingsError where a package that heads are made with is not beside Snakemake, and for a cohort whose
    layout has no maker.
    """
    folder = twin_folder(settings["study"])
    if is_there(folder, asked_of(settings)):
        return None
    try:
        # every job plans anew, and most of them need none of these packages
        from voxplain.demo.twins.make import make_twin
    except ModuleNotFoundError as missing:
        raise SettingsError(
            f'setting "made" is true, but made heads need {missing.name}, which is not installed beside Snakemake; '
            "install it there"
        ) from missing
    make_twin(settings)
    return f"{folder}: made data written, no scan of anybody, in the layout of the study's own"


def asked_of(settings):
    """All of ``settings`` that decides on the files, as it is read back from their manifest."""
    cohort = settings["cohort"]
    further = cohort["test_cohorts"].items()
    asked = {
        "version": VERSION,
        "cohort": {key: cohort[key] for key in OF_PATHS},
        "columns": columns_told(settings),
        "test_cohorts": {name: {key: one[key] for key in OF_PATHS if key in one} for name, one in further},
        "atlases": settings["template"]["atlases"],
        "given": settings["folds"]["given"],
    }
    return json.loads(json.dumps(asked))


def columns_told(settings):
    """Columns of the table that experiments tell, each once."""
    labels = settings["cohort"]["labels"]
    return sorted({labels[one["labels"]]["column"] for one in settings["experiments"].values()})


def is_there(folder, asked):
    """Whether ``folder`` holds the files that were made of ``asked``."""
    try:
        return json.loads((Path(folder) / MANIFEST).read_text()) == asked
    except (OSError, ValueError):
        return False
