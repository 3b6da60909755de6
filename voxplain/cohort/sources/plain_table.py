"""A table that names each volume's file: for everything that has a layout of its own."""

from pathlib import Path
from stat import S_ISDIR

from voxplain.cohort.images import Image


def find_images(cohort, study, rows):
    """One Image for each row that names a file; relative paths begin at ``cohort.archives``, else at the table."""
    root = Path(cohort["archives"] or Path(cohort["table"]).parent)
    images = []
    for row in rows:
        if not row.image_id:
            continue
        inside = {"T1w": row.image_id, "mask": row.mask}
        places = {kind: (_place(root, path),) for kind, path in inside.items() if path}
        state, fault = file_state(root, [path for path in inside.values() if path])
        images.append(
            Image(row.subject, row.session, row.image_id, places=places, date=row.date, state=state, fault=fault)
        )
    return images


def file_state(root, names):
    """Sizes and times of the files ``names`` below ``root``, and which of them is absent, if any."""
    told = []
    for name in names:
        path = root / name
        try:
            found = path.stat()
        except OSError:
            link = " (a link to nothing; fetch its content)" if path.is_symlink() else "; check the path"
            return "absent", f"no file {path}{link}"
        if S_ISDIR(found.st_mode):
            return "absent", f"{path} is a folder; give the file in it"
        told.append(f"{found.st_size}-{found.st_mtime_ns}")
    return " ".join(told), ""


def _place(root, path):
    path = Path(path)
    return (str(path.parent), path.name) if path.is_absolute() else (str(root), str(path))
