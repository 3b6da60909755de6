"""What can be wrong with downloads of ADNI's archive, NIfTI or DICOM, and what is read about it."""

from tests.bad_input.cohorts import Adni, packed
from tests.bad_input.damages import again, dicom, dicom_zip, each, file, lost, settings, table
from tests.bad_input.heads import head_file
from tests.bad_input.outcomes import Left, Used

ROW = "I{},011_S_0003,AD,M,80,{},MRI,MPRAGE,Original,{},NiFTI"
BAD, IMAGE = head_file(Adni.bad), Adni.place(Adni.bad, 1)


def moved(number, millimetres):
    """A slice of the series lies elsewhere."""

    def change(series):
        place = series.slices[number].ImagePositionPatient
        series.slices[number].ImagePositionPatient = [*place[:2], f"{float(place[2]) + millimetres:.6f}"]

    return change


def without(*numbers):
    """Slices of the series are lost."""
    return lambda series: [series.slices.pop(number) for number in sorted(numbers, reverse=True)] and None


def differing(**values):
    """Half of the slices say something else in their headers."""

    def change(series):
        for one in series.slices[16:]:
            for field, value in values.items():
                setattr(one, field, value)

    return change


def elsewhere(name):
    """The bad subject's image lies under another name."""

    def change(cohort):
        cohort.path.unlink()
        cohort.file(f"files/{name}", BAD)

    return change


def of_series(line):
    """Left out for something in the series, whose folder the line begins with."""
    return Left("convert", f"ADNI/011_S_0003/MPRAGE/2005-09-01_10_10_10.0/I1: {line}")


COLLECTIONS = {
    "ADNI: an older name of a diagnosis": (Adni, table("0003,AD", "0003,Dementia"), Used()),
    "ADNI: an unknown diagnosis": (
        Adni,
        table("0003,AD", "0003,Demnetia"),
        Left("table", "Group is 'Demnetia', no diagnosis that is known; did you mean Dementia"),
    ),
    "ADNI: a diagnosis of no class": (
        Adni,
        table("0003,AD", "0003,MCI"),
        Left("table", "Group is 'MCI', none of this label's classes (CN, AD)"),
    ),
    "ADNI: a diagnosis by number": (
        Adni,
        table("0003,AD", "0003,3"),
        Left("table", "Group is '3', no diagnosis that is known"),
    ),
    "ADNI: an unknown visit": (
        Adni,
        table("0003,AD,M,80,sc", "0003,AD,M,80,someday"),
        Left("table", "visit 'someday', none that is known; correct it in the table"),
    ),
    "ADNI: an image without a row": (
        Adni,
        table("I1,", "I77,"),
        Left("table", "no row with the image I1 in the table"),
        Left("archive", "no file of image I77 in {folder}"),
    ),
    "ADNI: a row without an image": (Adni, lost(IMAGE), Left("archive", "no file of image I1 in {folder}")),
    "ADNI: an image that the table gives to somebody else": (
        Adni,
        table("I1,011_S_0003", "I1,099_S_0999"),
        Left("table", "the table gives this image to 099_S_0999, its path to 011_S_0003; correct the table"),
    ),
    "ADNI: no subject in the path": (
        Adni,
        elsewhere("scans/MPRAGE_I1.nii.gz"),
        Left(
            "archive",
            "scans/MPRAGE_I1.nii.gz: no subject's id (such as 011_S_0003) in its path; keep the folders as downloaded",
        ),
    ),
    "ADNI: ids in small letters": (Adni, table("011_S_0003", "011_s_0003"), Used()),
    "ADNI: the image's number alone": (Adni, table("I1,", "1,"), Used()),
    "ADNI: a broken zip": (
        Adni,
        each(elsewhere("download_3.zip"), file("download_3.zip", packed((IMAGE, BAD))[:-30])),
        Left("archive", "no file of image I1 in {folder}"),
        Left("archive", "download_3.zip: cut short or damaged (no list of contents at its end); download it again"),
    ),
    "ADNI: a repeat, dates with the month first": (
        Adni,
        again(ROW.format(11, "sc", "8/31/2005")),
        Used(),
        Left("selection", "a repeat of its visit; I11 is used (cohort.repeats: first)"),
    ),
    "ADNI: a repeat, dates with the year first": (
        Adni,
        each(table("9/1/2005", "2005-09-01"), again(ROW.format(11, "sc", "2005-08-31"))),
        Used(),
        Left("selection", "a repeat of its visit; I11 is used (cohort.repeats: first)"),
    ),
    "ADNI: a repeat, dates with the month's name": (
        Adni,
        each(table("9/1/2005", "1-Sep-2005"), again(ROW.format(11, "sc", "31-Aug-2005"))),
        Used(),
        Left("selection", "a repeat of its visit; I11 is used (cohort.repeats: first)"),
    ),
    "ADNI: a repeat, dates with the day first": (
        Adni,
        each(table("9/1/2005", "01.09.2005"), again(ROW.format(11, "sc", "31.08.2005"))),
        Used(),
        Left("selection", "a repeat of its visit; I11 is used (cohort.repeats: first)"),
    ),
    "ADNI: a repeat, a date of each kind": (
        Adni,
        each(again(ROW.format(11, "sc", "2005-08-31"), ROW.format(12, "sc", "30-Aug-2005"))),
        Used(),
        Left("selection", "a repeat of its visit; I12 is used (cohort.repeats: first)"),
        Left("selection", "a repeat of its visit; I12 is used (cohort.repeats: first)"),
    ),
    "ADNI: a repeat whose date is none": (
        Adni,
        again(ROW.format(11, "sc", "31/8/2005")),
        Used(),
        Left("selection", "a repeat of its visit; I1 is used (cohort.repeats: first)"),
    ),
    "ADNI: repeats, the last of them": (
        Adni,
        each(again(ROW.format(11, "sc", "9/2/2005")), settings(repeats="last")),
        Used(),
        Left("selection", "a repeat of its visit; I11 is used (cohort.repeats: last)"),
    ),
    "ADNI: repeats refused": (
        Adni,
        each(again(ROW.format(11, "sc", "9/2/2005")), settings(repeats="refuse")),
        Left("selection", "2 images of one visit (I1, I11); keep one, or set cohort.repeats"),
        Left("selection", "2 images of one visit (I1, I11); keep one, or set cohort.repeats"),
    ),
    "ADNI: a later visit, only baselines wanted": (
        Adni,
        each(again(ROW.format(11, "m12", "9/2/2006")), settings(visits={"train": "baseline", "judge": "baseline"})),
        Left("selection", "visit m12 is neither trained on nor judged (cohort.visits)"),
        Used(),
    ),
    "DICOM": (Adni, dicom(), Used()),
    "DICOM in a zip": (Adni, dicom_zip(), Used()),
    "DICOM: a slice missing": (
        Adni,
        dicom(without(9)),
        of_series(
            "1 slice missing, after slice 9 of 31 along the series; download it again",
        ),
    ),
    "DICOM: every other slice missing": (
        Adni,
        dicom(without(*range(1, 32, 2))),
        of_series(
            "slices of 2 mm lie 4 mm apart, with gaps or every other one missing; download it again",
        ),
    ),
    "DICOM: two series": (
        Adni,
        dicom(differing(SeriesInstanceUID="1.2.826.0.1.5.8")),
        of_series(
            "2 series among its 32 slices; keep the files of one",
        ),
    ),
    "DICOM: two patients": (
        Adni,
        dicom(differing(PatientID="011_S_0021")),
        of_series(
            "2 patients among its 32 slices; keep the files of one",
        ),
    ),
    "DICOM: two orientations": (
        Adni,
        dicom(differing(ImageOrientationPatient=[0, 1, 0, 0, 0, -1])),
        of_series(
            "2 orientations among its 32 slices, as in a localiser; give a series of parallel slices",
        ),
    ),
    "DICOM: unequal steps": (
        Adni,
        dicom(moved(9, 0.7)),
        of_series(
            "its 32 slices lie 1.3 to 2.7 mm apart; give a series of equal steps",
        ),
    ),
    "DICOM: a slice twice": (
        Adni,
        dicom(moved(9, 2)),
        of_series(
            "1 of 32 slices lie where another one does; keep one of each",
        ),
    ),
    "DICOM: a slice cut short": (
        Adni,
        dicom_zip(lost=900),
        of_series(
            "1 of 32 files damaged or cut short; download the series again",
        ),
    ),
    "DICOM: an empty slice": (
        Adni,
        dicom_zip(lost=0),
        Left(
            "convert",
            "download_3.zip: ADNI/011_S_0003/MPRAGE/2005-09-01_10_10_10.0/I1/I000.dcm: empty (0 bytes); "
            "download the archive again",
        ),
    ),
}
