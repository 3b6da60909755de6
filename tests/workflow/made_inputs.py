"""What repositories would have given: made heads at 6 mm in the layouts of ADNI, HCP, BIDS and of nobody."""

import csv
import gzip
import hashlib
import json
import zipfile
from functools import cache
from pathlib import Path

import numpy as np
import yaml

from tests.made.dicom_series import MadeSeries
from voxplain.demo.anatomy import template_head
from voxplain.demo.archive import nifti_bytes
from voxplain.demo.person import draw_people
from voxplain.demo.render import draw_picture

SPACING = 6.0
MADE = yaml.safe_load((Path(__file__).parents[2] / "config" / "config.yaml").read_text())["cohort"]["made"]
MADE |= {"subjects": 8, "spacing": SPACING}
COLLECTION = ["Image Data ID", "Subject", "Group", "Sex", "Age", "Visit", "Modality", "Description", "Type"]
COLLECTION += ["Acq Date", "Format"]


@cache
def picture(number):
    """The picture of the person ``number``, from 0 to 7, and its affine."""
    return draw_picture(MADE, draw_people(MADE)[number]), template_head(SPACING).grid.affine


def volume(number):
    """The head of the person ``number`` as a compressed NIfTI file."""
    head, affine = picture(number)
    return nifti_bytes(head.restored, affine)


def brain(number):
    """Its brain mask likewise."""
    head, affine = picture(number)
    return nifti_bytes(head.mask.astype(np.float32), affine)


def tissues(number):
    """A label volume likewise."""
    head, affine = picture(number)
    return nifti_bytes(head.tissue.astype(np.int16), affine)


def write(path, content):
    """``content``, bytes or text, in the file ``path``, whose folders are made."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def write_table(path, header, rows, delimiter=","):
    """A table of ``rows``, sequences of text."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, delimiter=delimiter).writerows([header, *rows])


def write_study(folder, study, **sections):
    """Settings of a quick study in ``<study>.yaml``; the name of that file."""
    quick = {
        "study": study,
        "template": {"spacing": SPACING, "margin": None},
        "inputs": {"affine": {"strip": "archive", "transform": "none"}},
        "experiments": {"one": {"input": "affine", "network": {"name": "mrinet", "width": 2}}},
        "folds": {"k": 3, "validation": 0.2},
    }
    (folder / f"{study}.yaml").write_text(yaml.safe_dump(quick | sections, allow_unicode=True), encoding="utf-8")
    return f"{study}.yaml"


def adni_place(ptid, image, day):
    """Folders of one image as downloads have them."""
    return f"ADNI/{ptid}/MPR__GradWarp__B1_Correction__N3/{day}_00_00_00.0/S{int(image[1:]) + 9000}"


def adni_row(ptid, image, group, visit, day):
    """Its row in the collection's table; ``day`` is 2005-09-01."""
    year, month, of_month = day.split("-")
    cells = [image, ptid, group, "F", "74", visit, "MRI", "MPR; GradWarp; B1 Correction; N3", "Processed"]
    return [*cells, f"{int(month)}/{int(of_month)}/{year}", "NiFTI"]


def write_adni(folder, images, series=()):
    """A ``folder`` with one zip of ``images`` and the ``series`` unpacked, tuples (ptid, image id, day, head)."""
    folder.mkdir(parents=True)
    with zipfile.ZipFile(folder / "collection_1.zip", "w") as archive:
        for ptid, image, day, number in images:
            name = f"{adni_place(ptid, image, day)}/ADNI_{ptid}_MR_MPR__GradWarp_Br_20070101_{image}.nii"
            archive.writestr(name, gzip.decompress(volume(number)))
    for ptid, image, day, number in series:
        inside = f"ADNI/{ptid}/MP-RAGE/{day}_09_15_00.0/{image}"
        dicom_head(number).written(folder / inside, f"ADNI_{ptid}_MR_MP-RAGE_br_raw_{{:03d}}_S1_{image}.dcm")


def dicom_head(number):
    """The head of the person ``number`` as axial slices."""
    head, affine = picture(number)
    series = MadeSeries("axial", head.scanned.shape, (SPACING,) * 3)
    far = affine @ [head.scanned.shape[0] - 1, head.scanned.shape[1] - 1, 0, 1]
    series.corner = np.array([-far[0], -far[1], far[2]])
    series.data = np.clip(head.scanned[::-1, ::-1] / head.scanned.max() * 2000, 0, None).astype(np.uint16)
    series.slices = [series.slice(place) for place in range(series.shape[2])]
    return series


def write_bids(root, images):
    """A raw BIDS dataset of ``images``, tuples (subject, session, head), their masks in its derivatives."""
    description = {"Name": "made", "BIDSVersion": "1.10.0"}
    write(root / "dataset_description.json", json.dumps(description))
    write(
        root / "derivatives" / "masks" / "dataset_description.json",
        json.dumps(description | {"DatasetType": "derivative", "GeneratedBy": [{"Name": "made"}]}),
    )
    for subject, session, number in images:
        anat, stem = f"sub-{subject}/ses-{session}/anat", f"sub-{subject}_ses-{session}"
        write(root / anat / f"{stem}_T1w.nii.gz", volume(number))
        write(root / "derivatives" / "masks" / anat / f"{stem}_desc-brain_mask.nii.gz", brain(number))


def hcp_members(source_id, number):
    """Files of one subject by their names in HCP's packages: the structural ones, and those of the extended one."""
    inside = f"{source_id}/T1w"
    structural = {
        f"{inside}/T1w_acpc_dc_restore.nii.gz": volume(number),
        f"{inside}/brainmask_fs.nii.gz": brain(number),
    }
    return structural, {f"{inside}/aparc+aseg.nii.gz": tissues(number)}


def write_zip(path, members):
    """A stored zip of ``members``, name to bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return path


def write_md5(archive):
    """The right MD5 of ``archive`` in a file beside it."""
    digest = hashlib.md5(archive.read_bytes(), usedforsecurity=False).hexdigest()
    archive.with_name(archive.name + ".md5").write_text(f"{digest}  {archive.name}\n")
