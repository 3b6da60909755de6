"""Made cohorts of five subjects, as each kind of repository would hand them out, to be damaged."""

import io
import json
import zipfile
from copy import deepcopy
from functools import cache
from pathlib import Path

import numpy as np

from tests.bad_input.heads import head, head_file, mask_file
from tests.library.cohort.study_settings import study
from tests.made.dicom_series import MadeSeries


def packed(*entries, method=zipfile.ZIP_STORED, **lies):
    """A zip of (name, content[, mode]) in this order; ``lies`` is what its list says of the first of them."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as contents:
        for name, content, *mode in entries:
            entry = zipfile.ZipInfo(name)
            entry.external_attr = (mode[0] if mode else 0o644) << 16
            # Or zipfile warns of a second member of one name.
            contents.NameToInfo.clear()
            contents.writestr(entry, content, method)
        for field, value in lies.items():
            setattr(contents.infolist()[0], field, value)
    return file.getvalue()


class Cohort:
    """Five subjects with a volume each and a table; ``bad`` is the one to be damaged, ``strangers`` have no files."""

    ids, bad, mask, table_name = (), "", False, "table.csv"

    def __init__(self, root):
        self.root, self.folder, self.table = root, root / "files", root / self.table_name
        self.changes, self.folds, self.strangers = {}, {"k": 2}, set()
        self.folder.mkdir()
        self.table.parent.mkdir(exist_ok=True)
        self.make()

    def settings(self):
        """The study's settings, those that a case changes laid over them."""
        if self.changes:
            return study(folds=self.folds, **(self.cohort() | self.changes))
        settings = deepcopy(checked_settings(type(self)))
        settings["folds"] |= self.folds
        settings["cohort"] |= {key: value for key, value in self.cohort().items() if key in ("archives", "table")}
        return settings

    def places(self):
        """What the braces in a case's lines stand for."""
        return {"root": self.root, "folder": self.folder, "table": self.table, "cwd": Path.cwd()}

    def write(self, *lines):
        """Write the table."""
        self.table.write_text("\n".join(lines) + "\n")

    def replace(self, before, after, encoding="utf-8"):
        """Write the table anew with something else in the place of ``before``, which is in it."""
        text = self.table.read_text()
        assert before in text
        self.table.write_bytes(text.replace(before, after).encode(encoding))

    def file(self, name, content=b""):
        """Write a file below the cohort's root; its path."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path


@cache
def checked_settings(kind):
    """The settings of that kind of cohort in no place."""
    nowhere = kind.__new__(kind)
    nowhere.folder = nowhere.table = Path("nowhere")
    return study(**nowhere.cohort())


class Hcp(Cohort):
    """Archives as the Human Connectome Project ships them, with masks, and a table of behavioural data."""

    ids, bad, mask = ("100001", "100002", "100003", "100004", "100005"), "100003", True
    volume, brain_mask = "100003/T1w/head.nii.gz", "100003/T1w/mask.nii.gz"

    def make(self):
        for one in self.ids:
            self.archive(one).write_bytes(self.package(one))
        self.write("Subject,Gender,Age", *(f"{one},{'FM'[int(one) % 2]},30" for one in self.ids))

    def cohort(self):
        members = {"volume": "T1w/head.nii.gz", "mask": "T1w/mask.nii.gz", "segmentations": {}}
        labels = {"sex": {"column": "Gender", "classes": {"F": 0, "M": 1}}}
        where = {"archives": str(self.folder), "table": str(self.table)}
        return {"source": "hcp", **where, "labels": labels, "members": members}

    def archive(self, source_id=bad):
        """The path of a subject's archive."""
        return self.folder / f"{source_id}_3T.zip"

    @staticmethod
    @cache
    def package(source_id):
        """The bytes of a subject's archive."""
        return packed(
            (f"{source_id}/T1w/head.nii.gz", head_file(source_id)), (f"{source_id}/T1w/mask.nii.gz", mask_file())
        )


class Adni(Cohort):
    """Two zips and a folder of ADNI's image archive, and the collection's table; the folder holds the bad subject."""

    ids = ("011_S_0003", "011_S_0021", "022_S_0005", "022_S_0007", "031_S_0618")
    bad, series = "011_S_0003", "ADNI/011_S_0003/MPRAGE/2005-09-01_10_10_10.0/I1"
    header = "Image Data ID,Subject,Group,Sex,Age,Visit,Modality,Description,Type,Acq Date,Format"

    def make(self):
        groups = ("AD", "CN", "AD", "CN", "AD")
        rows = [f"I{n},{one},{group},M,80,sc,MRI,MPRAGE,Original,9/1/2005,NiFTI"
                for n, (one, group) in enumerate(zip(self.ids, groups, strict=True), 1)]  # fmt: skip
        self.write(self.header, *rows)
        images = {n: (self.place(one, n), head_file(one)) for n, one in enumerate(self.ids, 1)}
        self.file("files/download_1.zip", packed(images[2], images[3]))
        self.file("files/download_2.zip", packed(images[4], images[5]))
        self.path = self.file(f"files/{self.place(self.bad, 1)}", head_file(self.bad))

    def cohort(self):
        labels = {"group": {"column": "Group", "classes": {"CN": 0, "AD": 1}, "vocabulary": "adni"}}
        return {"source": "adni", "archives": str(self.folder), "table": str(self.table), "labels": labels}

    @staticmethod
    def place(source_id, image, date="2005-09-01"):
        """The path of an image as the archive would have it."""
        folder = f"ADNI/{source_id}/MPRAGE/{date}_10_10_10.0/I{image}"
        return f"{folder}/ADNI_{source_id}_MR_MPRAGE_br_raw_S1_I{image}.nii.gz"

    def dicom(self, change=lambda series: None):
        """Put a DICOM series in the place of the bad subject's image; its folder."""
        series = MadeSeries(shape=(32, 32, 32), spacing=(2, 2, 2), corner=(-31, -31, -31))
        series.data = np.ascontiguousarray(head(self.bad)[::-1, ::-1]).astype(np.uint16)
        series.slices = [series.slice(number) for number in range(32)]
        change(series)
        self.path.unlink()
        return series.written(self.folder / self.series)


class Bids(Cohort):
    """A raw BIDS dataset."""

    ids, bad, table_name = ("01", "02", "03", "04", "05"), "03", "files/participants.tsv"

    def make(self):
        self.write("participant_id\tsex\tage", *(f"sub-{one}\t{'FM'[int(one) % 2]}\t30" for one in self.ids))
        self.file("files/dataset_description.json", json.dumps({"Name": "made", "BIDSVersion": "1.9.0"}))
        for one in self.ids:
            self.image(one).parent.mkdir(parents=True)
            self.image(one).write_bytes(head_file(one))

    def cohort(self):
        labels = {"sex": {"column": "sex", "classes": {"F": 0, "M": 1}}}
        return {"source": "bids", "archives": str(self.folder), "labels": labels}

    def image(self, source_id=bad):
        """The path of a subject's image."""
        return self.folder / f"sub-{source_id}" / "anat" / f"sub-{source_id}_T1w.nii.gz"


class Plain(Cohort):
    """Files in a folder and a table that names each."""

    ids, bad = ("a1", "b2", "c3", "d4", "e5"), "c3"

    def make(self):
        for one in self.ids:
            self.file(f"files/{one}.nii.gz", head_file(one))
        self.write("subject,path,sex", *(f"{one},{one}.nii.gz,{'FM'[int(one[1]) % 2]}" for one in self.ids))

    def cohort(self):
        labels = {"sex": {"column": "sex", "classes": {"F": 0, "M": 1}}}
        return {"source": "table", "archives": str(self.folder), "table": str(self.table), "labels": labels}

    def instead(self, name, content):
        """Put the file ``name`` in the place of the bad subject's."""
        (self.folder / "c3.nii.gz").unlink()
        self.file(f"files/{name}", content)
        self.replace("c3.nii.gz", name)
