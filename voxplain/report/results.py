"""What a study left on disk, read as the report needs it."""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import nibabel
import numpy as np
import pandas

from voxplain.cohort.tables.labels import Label
from voxplain.report.older import lacking
from voxplain.report.orientation import is_radiological
from voxplain.report.subject_paths import subject_paths

# A subject may be called NA, and a comparison null: only these are missing values
UNKNOWN = ["", "nan", "NaN", "undefined"]
NAMES = dict.fromkeys(
    ["scan", "subject", "session", "source_id", "image_id", "visit", "date", "site", "archive", "reason", "stage"], str
)


@dataclass(frozen=True)
class Results:
    """The files under ``results/<study>/`` and the settings that made them.

    threads: processes that may draw at once. thumbnails: pictures of scans that were drawn already, by (scan, input).
    """

    folder: Path
    settings: dict
    threads: int = 1
    thumbnails: dict = field(default_factory=dict, compare=False, repr=False)

    def __getstate__(self):
        return self.__dict__ | {"thumbnails": {}}

    @property
    def made(self):
        """Whether no head is a person's: in a cohort that voxplain made itself, or in the made twin of a study."""
        return self.planted or self.settings.get("made", False)

    @property
    def planted(self):
        """Whether the cohort is voxplain's own, whose truth is rendered beside it."""
        return self.settings.get("cohort", {}).get("source") == "made"

    @property
    def radiological(self):
        """Whether pictures of slices show the right side of the head on their left."""
        return is_radiological(self.settings)

    @property
    def experiments(self):
        """Experiments by name."""
        return self.settings.get("experiments", {})

    @property
    def methods(self):
        """Names of the methods, in the order of the settings."""
        return [method["name"] for method in self.settings.get("methods", [])]

    @property
    def inputs(self):
        """Names of the inputs that experiments use, each once."""
        return list(dict.fromkeys(experiment["input"] for experiment in self.experiments.values()))

    def label(self, experiment=None):
        """Name of the label that an experiment tells, else of the study's first."""
        named = self.experiments.get(experiment, {}).get("labels")
        return named or next(iter(self.settings.get("cohort", {}).get("labels", {})), None)

    def class_names(self, experiment=None):
        """Names of the classes by number, of an experiment's label or of the study's first."""
        name = self.label(experiment)
        return self.class_names_of(name) if name else {}

    def class_names_of(self, label):
        """Names of the classes of a label by number; none of an amount."""
        return dict(enumerate(Label(label, self.settings["cohort"]["labels"][label]).names))

    def class_name(self, number, experiment=None):
        """The class as the table calls it, or its number."""
        return self.class_names(experiment).get(int(number), str(number))

    def table(self, path):
        """The table at ``path`` below the study; names stay text.

        None where there is none, or one of an older version of voxplain: see `older.older_sentence`.
        """
        whole = self.folder / path
        if not whole.is_file() or whole.stat().st_size == 0:
            return None
        table = pandas.read_csv(whole, sep="\t", dtype=NAMES, keep_default_na=False, na_values=UNKNOWN)
        return None if lacking(path, table.columns) else table

    def image(self, path):
        """The first image that matches the pattern ``path``, in RAS order, or None."""
        found = sorted(self.folder.glob(path))
        return nibabel.as_closest_canonical(nibabel.load(found[0])) if found else None

    @cached_property
    def template(self):
        """The template's image, or None."""
        return self.image("template/*_T1w.nii.gz")

    @cached_property
    def template_mask(self):
        """The template's brain mask, bool (x, y, z), or None."""
        image = self.image("template/*_mask.nii.gz")
        return None if image is None else np.asarray(image.dataobj) > 0

    @cached_property
    def subject_paths(self):
        """``{scan: path of its page}``, of the scans that have one."""
        return subject_paths(self)

    def scan_folder(self, scan):
        """The folder of a scan's volumes, as in BIDS."""
        return self.folder / "volumes" / scan.replace("_", "/") / "anat"

    def prepared(self, scan, name):
        """The volume and the mask of ``scan`` as input ``name`` left them, each an image or None."""
        stem = f"{self.scan_folder(scan).relative_to(self.folder)}/{scan}_space-*_desc-{name}"
        return self.image(f"{stem}_T1w.nii.gz"), self.image(f"{stem}_mask.nii.gz")
