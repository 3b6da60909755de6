"""The Human Connectome Project's archives of a subject, ``<id>_3T_Structural_preproc.zip``, or their unpacked folders.

Known from the project's own documentation: the member names, the archives of whole subjects that hold others, and the
``_preproc_extended`` archives beside the first ones, which hold other members of the same subject.
"""

import os
from fnmatch import fnmatch
from pathlib import Path

from voxplain.cohort.images import Image, id_in_name
from voxplain.errors import InputError


def find_images(cohort, study, rows):
    """One Image a subject; all archives and folders whose names begin with its id may hold its files."""
    folder = Path(cohort["archives"])
    if not folder.is_dir():
        raise InputError(f'no folder "{folder}" in {Path.cwd()}; set cohort.archives to the folder of the archives')
    with os.scandir(folder) as entries:
        held = {entry.name: entry.is_dir() for entry in entries if not entry.name.startswith(".")}
    names = sorted(name for name, is_folder in held.items() if _is_subjects(name, is_folder, cohort["pattern"]))
    if not names:
        raise InputError(
            f'no *.zip and no folder of a subject in "{folder}"; set cohort.archives to the folder of the archives'
        )
    subjects = {}
    for name in names:
        subjects.setdefault(id_in_name(name), []).append((str(folder / name), held[name]))
    return [
        Image(source_id, places=places(containers, source_id, cohort)) for source_id, containers in subjects.items()
    ]


def places(containers, source_id, cohort):
    """Where each wanted member of a subject may be: in any of its ``containers``, pairs of a path and is-a-folder."""
    members = cohort["members"]
    wanted = {"T1w": members["volume"], "mask": members["mask"], **members["segmentations"]}
    return {
        kind: tuple((path, _inside(Path(path).name, source_id, member, folder)) for path, folder in containers)
        for kind, member in wanted.items()
        if member
    }


def _is_subjects(name, is_folder, pattern):
    if not fnmatch(name, pattern):
        return False
    return name[:1].isdigit() if is_folder else name.lower().endswith(".zip")


def _inside(container, source_id, member, is_folder):
    return member if is_folder and container == source_id else f"{source_id}/{member}"
