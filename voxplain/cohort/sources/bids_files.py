"""The images of a BIDS dataset as a library of the field names them, of the folders alone that can hold one."""

import os
import posixpath
from dataclasses import dataclass

from voxplain.cohort.wording import shown
from voxplain.errors import InputError

IMAGES = ".nii", ".nii.gz"
# Subjects that the library is shown at once: its time grows with their square
AT_ONCE = 500


@dataclass(frozen=True)
class BidsFile:
    """An image by its path below the dataset and its entities (``{"sub": "01", "run": "1"}``), all text."""

    path: str
    suffix: str
    entities: dict

    @property
    def derivative(self):
        """Whether it lies in one of the datasets in ``derivatives/``."""
        return self.path.startswith("derivatives/")


def bids_files(root, suffix):
    """Every image below ``sub-*`` and ``derivatives/*/sub-*`` that ``.bidsignore`` does not name.

    Content need not be there: a link to nothing, as git-annex leaves it, is a file too. The second list holds paths of
    ``suffix`` images whose names are not BIDS's; other such names, and those in derivatives, are passed over.
    """
    # Imported here, because every study is planned with this module loaded.
    from ancpbids import DatasetOptions, load_dataset
    from ancpbids.model_base import Artifact, File

    try:
        # Its own handling of .bidsignore does not know all that a line of it can say, and its pickle is never opened.
        options, shown_files = DatasetOptions(ignore_pickle_file=True), _Shown(str(root))
        entries = []
        for _ in shown_files.in_parts():
            dataset = load_dataset(str(root), options, vfs=shown_files)
            entries += [(one.get_relative_path(), one) for one in dataset.select(File).objects()]
    except (OSError, RecursionError) as fault:
        raise InputError(f"{shown(root, 500)}: cannot be listed ({shown(fault)}); make it readable") from fault
    files, broken = [], []
    for path, one in sorted(entries, key=lambda entry: entry[0]):
        if isinstance(one, Artifact) and _well_named(path, one) and not _other_case(one.suffix, suffix):
            files.append(BidsFile(path, one.suffix, {key: str(value) for key, value in one.entities.items()}))
        elif suffix.lower() in one.name.lower() and not path.startswith("derivatives/"):
            broken.append(path)
    return files, broken


def _well_named(path, artifact):
    """Whether nothing of the name was lost in reading it, and the folders say the same subject and session."""
    *folders, name = path.split("/")
    labels = name.split("_")[:-1]
    if artifact.extension not in IMAGES or len(labels) != len(artifact.entities):
        return False
    for label in labels:
        entity, _, value = label.partition("-")
        if entity not in artifact.entities or not value.replace("+", "").isalnum() or not value.isascii():
            return False
    below = folders[2:] if folders[0] == "derivatives" else folders
    session = [one for one in below if one.startswith("ses-")]
    told = [f"{entity}-{artifact.entities[entity]}" for entity in ("sub", "ses") if entity in artifact.entities]
    return told == [below[0], *session]


def _other_case(found, suffix):
    return found != suffix and found.lower() == suffix.lower()


class _Shown:
    """What the library is shown of the disk: folders that can hold images, and images, of some subjects at a time."""

    def __init__(self, root):
        self.root, self.ignored = root, _bidsignore(root)
        self.listed, self.subjects = {}, None

    def in_parts(self):
        """Show one part of the subjects after the other, files that lie beside them with the first."""
        every = sorted(self._subjects(self.root, 0))
        for start in range(0, max(len(every), 1), AT_ONCE):
            self.subjects = set(every[start : start + AT_ONCE])
            yield

    def _subjects(self, folder, depth):
        names = self.listdir(folder)
        found = {name for name in names if name.startswith("sub-")}
        if depth == 0 and "derivatives" in names:
            derivatives = posixpath.join(folder, "derivatives")
            for name in self.listdir(derivatives) if self.is_dir(derivatives) else []:
                dataset = posixpath.join(derivatives, name)
                found |= self._subjects(dataset, 1) if self.is_dir(dataset) else set()
        return found

    def exists(self, path):
        # Neither a pickled dataset nor a version of BIDS that nobody knows is to be read.
        return False

    def is_dir(self, path):
        return os.path.isdir(path)

    def listdir(self, path):
        relative = posixpath.relpath(path, self.root)
        parts = [] if relative == "." else relative.split("/")
        derivative = parts[:1] == ["derivatives"]
        depth = len(parts) - 2 * derivative
        if path in self.listed:
            names = self.listed[path]
        else:
            names = [name for name in os.listdir(path) if not name.startswith(".") and _wanted(name, depth, derivative)]
            names = [name for name in names if not self._ignores("/".join([*parts, name]))]
        if depth > 0:
            return names
        self.listed[path] = names
        return [name for name in names if not name.startswith("sub-") or self._shows(name)]

    def _shows(self, subject):
        return self.subjects is None or subject in self.subjects

    def _ignores(self, path):
        # A pattern that ends in a slash means folders alone; only folders can go on after a name.
        return self.ignored is not None and (self.ignored.match_file(path) or self.ignored.match_file(f"{path}/"))


def _wanted(name, depth, derivative):
    """Whether a name matters, ``depth`` folders below a dataset: ``sub-*/ses-*/anat/`` is the deepest one there is."""
    image = name.lower().endswith(IMAGES)
    if depth < 0:
        return not image
    if depth == 0:
        return name.startswith("sub-") and not image or (name == "derivatives" and not derivative)
    return image or (depth < 3 and "." not in name and (not derivative or name == "anat" or name.startswith("ses-")))


def _bidsignore(root):
    path = os.path.join(root, ".bidsignore")
    if not os.path.exists(path):
        return None
    from pathspec import GitIgnoreSpec

    try:
        with open(path, encoding="utf-8-sig") as file:
            return GitIgnoreSpec.from_lines(file.read().splitlines())
    except (OSError, ValueError) as fault:
        raise InputError(f"{shown(path, 500)}: cannot be read ({shown(fault)}); write one pattern a line") from fault
