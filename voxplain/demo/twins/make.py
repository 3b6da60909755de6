"""The files of a study's made twin, made once: whole or not at all, and the same bytes whenever they are made."""

import json
import os
import shutil
from pathlib import Path
from tempfile import mkdtemp

from voxplain.demo.twins.adni import two_samples, write_cubes, write_yearly, yearly_rows
from voxplain.demo.twins.atlases import write_atlas
from voxplain.demo.twins.hcp import write_hcp
from voxplain.demo.twins.people import write_ids
from voxplain.errors import SettingsError
from voxplain.settings.other_cohorts import cohort_settings
from voxplain.settings.twins import twin_folder

MANIFEST = "manifest.json"
# Another number where the same settings give other files.
VERSION = 1
FURTHER_IMAGES = 500000
OF_PATHS = ("source", "archives", "table", "tables", "columns", "features", "made")


def make_twin(settings):
    """Make what the made twin ``settings`` looks for in `twin_folder`, unless it is there; whether it was made now.

    Archives, tables, id files and atlases appear together: of two who make them at once, the first one's stay. Raises
    SettingsError for a cohort whose layout has no maker.
    """
    folder = Path(twin_folder(settings["study"]))
    asked = _asked(settings)
    if _is_there(folder, asked):
        return False
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        _write(settings, folder, beside)
        (beside / MANIFEST).write_text(json.dumps(asked, indent=1) + "\n")
        beside.chmod(0o755)
        _put(beside, folder, asked)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return True


def _asked(settings):
    """All that decides on the files, as it is read back from the manifest."""
    cohort = settings["cohort"]
    asked = {
        "version": VERSION,
        "cohort": {key: cohort[key] for key in OF_PATHS},
        "columns": _columns_told(settings),
        "test_cohorts": {
            name: {key: one[key] for key in OF_PATHS if key in one} for name, one in cohort["test_cohorts"].items()
        },
        "atlases": settings["template"]["atlases"],
        "given": settings["folds"]["given"],
    }
    return json.loads(json.dumps(asked))


def _is_there(folder, asked):
    try:
        return json.loads((folder / MANIFEST).read_text()) == asked
    except (OSError, ValueError):
        return False


def _put(beside, folder, asked):
    """Give the folder ``beside`` the name ``folder``, in place of one that was made of other settings."""
    if folder.exists() and not _is_there(folder, asked):
        stale = Path(mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
        os.replace(folder, stale / "stale")
        shutil.rmtree(stale)
    try:
        os.rename(beside, folder)
    except OSError:
        if not _is_there(folder, asked):
            raise


def _write(settings, folder, beside):
    cohort, given = settings["cohort"], settings["folds"]["given"] or {}

    def there(path):
        return path and beside / Path(path).relative_to(folder)

    def paths(own):
        return {
            "archives": there(own["archives"]),
            "table": there(own["table"]),
            "tables": [there(one["path"]) for one in own["tables"]],
            "features": there((own["features"] or {}).get("path")),
        }

    columns = _columns_told(settings)
    rows, id_column = _write_cohort(cohort, paths(cohort), columns)
    for number, name in enumerate(cohort["test_cohorts"], start=1):
        own = cohort_settings(settings, name)["cohort"]
        _, people = two_samples(own["made"])
        write_yearly(own, paths(own), yearly_rows(own["made"], people, number * FURTHER_IMAGES))
    for one in settings["template"]["atlases"]:
        write_atlas(one["name"], there(one["image"]), there(one["labels"]))
    if given:
        first = {row[id_column]: row for row in reversed(rows)}
        people = [first[one] for one in sorted(first)]
        parts = {part: there(path) for part, path in given.items() if path}
        write_ids(parts, people, id_column, [tuple(row[column] for column in columns) for row in people])


def _columns_told(settings):
    """Columns of the table that experiments tell, each once."""
    labels = settings["cohort"]["labels"]
    return sorted({labels[one["labels"]]["column"] for one in settings["experiments"].values()})


def _write_cohort(cohort, paths, columns):
    """The study's own files; the rows of its table, and the column of ids there."""
    if cohort["source"] == "hcp":
        return write_hcp(cohort, paths), "Subject"
    if cohort["source"] not in ("adni", "table"):
        raise SettingsError(
            f'setting "made" is true, but cohort.source {cohort["source"]} has no made twin; hcp, adni and table have'
        )
    if "Label" in columns:
        return write_cubes(cohort, paths), "Path"
    people, _ = two_samples(cohort["made"])
    rows = yearly_rows(cohort["made"], people if cohort["test_cohorts"] else range(cohort["made"]["subjects"]))
    write_yearly(cohort, paths, rows)
    return rows, "PTID"
