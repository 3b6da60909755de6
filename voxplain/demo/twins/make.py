"""The files of a study's made twin, made once: whole or not at all, and the same bytes whenever they are made."""

import json
import os
import shutil
from contextlib import suppress
from pathlib import Path
from tempfile import mkdtemp

from voxplain.demo.twins.adni import two_samples, write_cubes, write_yearly, yearly_rows
from voxplain.demo.twins.atlases import write_atlas
from voxplain.demo.twins.hcp import write_hcp
from voxplain.demo.twins.people import write_ids
from voxplain.demo.twins.planned import MANIFEST, asked_of, columns_told, is_there
from voxplain.errors import SettingsError
from voxplain.settings.other_cohorts import cohort_settings
from voxplain.settings.twins import twin_folder

FURTHER_IMAGES = 500000


def make_twin(settings):
    """Make what the made twin ``settings`` looks for in `twin_folder`, in place of what was made of other settings.

    Archives, tables, id files and atlases appear together: of two who make them at once, the first one's stay. Raises
    SettingsError for a cohort whose layout has no maker.
    """
    folder, asked = Path(twin_folder(settings["study"])), asked_of(settings)
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        _write(settings, folder, beside)
        (beside / MANIFEST).write_text(json.dumps(asked, indent=1) + "\n")
        beside.chmod(0o755)
        _put(beside, folder, asked)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _put(beside, folder, asked):
    """Give the folder ``beside`` the name ``folder``, in place of one that was made of other settings."""
    aside = Path(mkdtemp(prefix=f".{folder.name}-", dir=folder.parent)) / "stale"
    try:
        if folder.exists() and not is_there(folder, asked):
            # since it was looked at, another process may have taken it away, and put its own there
            with suppress(FileNotFoundError):
                os.replace(folder, aside)
            beside = aside if is_there(aside, asked) else beside
        try:
            os.rename(beside, folder)
        except OSError:
            if not is_there(folder, asked):
                raise
    finally:
        shutil.rmtree(aside.parent, ignore_errors=True)


def _write(settings, folder, beside):
    cohort, given = settings["cohort"], settings["folds"]["given"] or {}

    def there(path):
        if path and not Path(path).is_relative_to(folder):
            raise SettingsError(f'setting "twin" names {path}, which is not below {folder}; leave that path out')
        return path and beside / Path(path).relative_to(folder)

    def paths(own):
        return {
            "archives": there(own["archives"]),
            "table": there(own["table"]),
            "tables": [there(one["path"]) for one in own["tables"]],
            "features": there((own["features"] or {}).get("path")),
        }

    columns = columns_told(settings)
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
