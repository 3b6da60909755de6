"""Downloads of ADNI's image archive: zips or their unpacked folders, NIfTI or DICOM, several visits of a subject.

Known from the archive's own documentation and from published paths: ``ADNI/<PTID>/<series>/<date>/<I or S number>/``
with one NIfTI file or the slices of one series, whose names end with ``_I<image id>``. Nothing but the subject's id
and the image's is taken from a path; visit, group and the rest come from the collection's table.
"""

import hashlib
import os
import re
from collections import defaultdict
from pathlib import Path, PurePosixPath

from voxplain.cohort.files.containers import opened
from voxplain.cohort.images import Image
from voxplain.errors import InputError

SUBJECT = re.compile(r"\d{3}_S_\d{4,5}")
IMAGE_IN_NAME = re.compile(r"_(I\d+)\.(?:nii(?:\.gz)?|dcm)$", re.I)
IMAGE_FOLDER = re.compile(r"I\d+", re.I)
DATE_FOLDER = re.compile(r"\d{4}-\d{2}-\d{2}_\d{2}_\d{2}_\d{2}")
NIFTI, DICOM = (".nii", ".nii.gz"), ".dcm"


def find_images(cohort, study, rows):
    """One Image for each NIfTI file and each folder of DICOM slices below ``cohort.archives``, zips included."""
    root = Path(cohort["archives"])
    if not root.exists():
        raise InputError(f'no "{root}" in {Path.cwd()}; set cohort.archives to the downloaded zip or its folder')
    images = list(_in_zip(root)) if root.is_file() else list(_in_folder(root))
    if not images:
        raise InputError(f'no NIfTI file, DICOM folder or zip in "{root}"; set cohort.archives to what was downloaded')
    return images


def _in_folder(root):
    for folder, folders, names in os.walk(root, followlinks=True):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        inside = PurePosixPath(Path(folder).relative_to(root).as_posix())
        slices = sorted(name for name in names if name.lower().endswith(DICOM) and not name.startswith("."))
        if slices:
            yield _series(str(root), inside, slices, f"{len(slices)}-{_digest(slices)}")
        for name in sorted(names):
            if name.startswith("."):
                continue
            if name.lower().endswith(NIFTI):
                stat = os.stat(os.path.join(folder, name), follow_symlinks=False)
                yield _image(str(root), inside / name, f"{stat.st_size}-{stat.st_mtime_ns}")
            elif name.lower().endswith(".zip"):
                yield from _in_zip(Path(folder, name))


def _in_zip(path):
    try:
        with opened(path) as archive:
            series = defaultdict(list)
            for name in map(PurePosixPath, archive.names()):
                if name.name.lower().endswith(NIFTI):
                    yield _image(str(path), name, "-".join(archive.checks([str(name)])))
                elif name.name.lower().endswith(DICOM):
                    series[name.parent].append(name.name)
            for inside, slices in series.items():
                state = _digest(archive.checks([str(inside / name) for name in slices]))
                yield _series(str(path), inside, slices, f"{len(slices)}-{state}")
    except InputError as fault:
        yield Image(path.name, places={"T1w": ((str(path), ""),)}, fault=str(fault))


def _image(container, name, state):
    return _told_by_path(container, name, name.name, False, state)


def _series(container, folder, slices, state):
    return _told_by_path(container, folder, slices[0], True, state)


def _told_by_path(container, place, file_name, dicom, state):
    # The names of an unpacked folder may begin below the subject's own, so the container's path counts too.
    parts = [*Path(container).parts, *place.parts]
    subject = next((part for part in reversed(parts) if SUBJECT.fullmatch(part)), "")
    subject = subject or next(iter(SUBJECT.findall(file_name)), "")
    image = IMAGE_IN_NAME.search(file_name)
    image = image[1] if image else next((part for part in reversed(parts) if IMAGE_FOLDER.fullmatch(part)), "")
    date = next((part for part in reversed(parts) if DATE_FOLDER.match(part)), "")
    fault = (
        "" if subject else f"{place}: no subject's id (such as 011_S_0003) in its path; keep the folders as downloaded"
    )
    member = "" if str(place) == "." else str(place)
    return Image(
        subject or place.name,
        image_id=image.upper(),
        places={"T1w": ((container, member),)},
        dicom=dicom,
        date=date,
        state=state,
        fault=fault,
    )


def _digest(texts):
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()[:12]
