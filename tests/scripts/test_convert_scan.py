import hashlib
import json
import zipfile

import nibabel
import numpy as np
import pytest
from pydicom.uid import ComprehensiveSRStorage, RLELossless

from tests.made.dicom_series import PLANES, MadeSeries
from tests.scripts.converted import NIFTI, PREFIX, SCAN, brightest, convert, refused
from voxplain.volumes.volume import read_volume


@pytest.mark.parametrize("way", ["ascending", "descending"])
@pytest.mark.parametrize("plane", PLANES)
def test_the_marker_lies_where_the_headers_put_it(tmp_path, plane, way):
    series = MadeSeries(plane, descending=way == "descending")
    assert convert(series.written(tmp_path / "series"))["accepted"]
    place, data = brightest(tmp_path / "anat" / NIFTI)
    assert np.allclose(place, series.marker_ras(), atol=1e-3)
    assert sorted(data.shape) == sorted(series.shape)
    assert np.array_equal(np.sort(data.ravel()), np.sort(series.data.ravel()))


@pytest.mark.parametrize("plane", PLANES)
def test_an_enhanced_file_of_many_frames_is_one_volume(tmp_path, plane):
    series = MadeSeries(plane)
    (tmp_path / "series").mkdir()
    series.multi_frame().save_as(tmp_path / "series" / "all.dcm", enforce_file_format=True)
    status = convert(tmp_path / "series")
    assert (status["accepted"], status["reason"]) == (True, None)
    assert status["sources"]["T1w"]["slices"] == series.shape[2]
    assert np.allclose(brightest(tmp_path / "anat" / NIFTI)[0], series.marker_ras(), atol=1e-3)


def test_rescaled_values_arrive_rescaled(tmp_path):
    series = MadeSeries(slope=0.5, intercept=-7)
    assert convert(series.written(tmp_path / "series"))["accepted"]
    data = brightest(tmp_path / "anat" / NIFTI)[1]
    assert np.allclose(np.sort(data.ravel()), np.sort(series.data.ravel() * 0.5 - 7))


def test_only_the_files_below_the_prefix_of_a_zip_are_taken(tmp_path):
    series, other = MadeSeries("sagittal"), MadeSeries("axial")
    series.written(tmp_path / "tree" / PREFIX)
    other.written(tmp_path / "tree" / f"{PREFIX}6")
    with zipfile.ZipFile(tmp_path / "adni.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted((tmp_path / "tree").rglob("*.dcm")):
            archive.write(path, path.relative_to(tmp_path / "tree"))
        archive.writestr(f"{PREFIX}/._I001.dcm", b"left by a Macintosh")
        archive.writestr(f"{PREFIX}/series.xml", b"<xml/>")
        archive.writestr(f"{PREFIX}/notes.txt", b"sagittal")
        archive.mkdir(f"{PREFIX}/thumbnails")
    status = convert(tmp_path / "adni.zip", PREFIX)
    sha256 = hashlib.sha256((tmp_path / "anat" / NIFTI).read_bytes()).hexdigest()
    assert status == {
        "scan": SCAN,
        "input": "source",
        "accepted": True,
        "stage": None,
        "reason": None,
        "measures": {},
        "files": {"T1w": NIFTI},
        "archive": str(tmp_path / "adni.zip"),
        "sources": {
            "T1w": {
                "member": PREFIX,
                "slices": 34,
                "series": hashlib.sha256(b"1.2.826.0.1.5.7").hexdigest(),
                "sha256": sha256,
                "notes": ["2 files that are no DICOM image left aside"],
            }
        },
    }
    held = sorted(path.name for path in (tmp_path / "anat").iterdir())
    assert held == [NIFTI.replace(".nii.gz", ".json"), NIFTI]
    assert np.allclose(brightest(tmp_path / "anat" / NIFTI)[0], series.marker_ras(), atol=1e-3)
    from_folder = convert(tmp_path / "tree", PREFIX)
    assert from_folder["sources"]["T1w"] == status["sources"]["T1w"] | {"notes": []}


def test_the_volume_can_be_read_and_names_nobody(tmp_path):
    status = convert(MadeSeries().written(tmp_path / "series"))
    assert read_volume(tmp_path / "anat" / NIFTI).data.shape == (40, 36, 34)
    header = nibabel.load(tmp_path / "anat" / NIFTI).header
    assert not any(header[text].item() for text in ("descrip", "aux_file", "db_name", "intent_name"))
    told = json.dumps(status) + str(nibabel.load(tmp_path / "anat" / NIFTI).dataobj.slope)
    assert not any(secret in told for secret in ("Doe", "19310217", "1.2.826"))


def test_the_same_series_gives_the_same_bytes(tmp_path):
    first = convert(MadeSeries().written(tmp_path / "a"))["sources"]["T1w"]["sha256"]
    assert convert(MadeSeries().written(tmp_path / "b"))["sources"]["T1w"]["sha256"] == first


def test_a_series_that_is_compressed_without_loss_is_placed_too(tmp_path):
    series = MadeSeries()
    for one in series.slices:
        one.compress(RLELossless, generate_instance_uid=False)
    assert convert(series.written(tmp_path / "series"))["accepted"]
    assert np.allclose(brightest(tmp_path / "anat" / NIFTI)[0], series.marker_ras(), atol=1e-3)


def changed(changes, which=slice(None)):
    def change(series):
        for one in series.slices[which]:
            for tag, value in changes.items():
                setattr(one, tag, value)

    return change


def lacking(tag, which=slice(None)):
    def change(series):
        for one in series.slices[which]:
            delattr(one, tag)

    return change


def without(*numbers):
    def change(series):
        series.slices = [one for number, one in enumerate(series.slices) if number not in numbers]

    return change


def moved(number, distance):
    def change(series):
        place = series.lps((0, 0, number)) + distance * series.normal
        series.slices[number].ImagePositionPatient = [f"{value:.6f}" for value in place]

    return change


def sheared(series):
    for number, one in enumerate(series.slices):
        place = series.lps((0, 0, number)) + 0.2 * number * series.column
        one.ImagePositionPatient = [f"{value:.6f}" for value in place]


def localiser(series):
    for one in series.slices[20:]:
        one.ImageOrientationPatient = [0, 1, 0, 0, 0, -1]


def larger(series):
    for one in series.slices[:3]:
        one.Rows, one.PixelData = 37, one.PixelData + bytes(80)


def coloured(series):
    for one in series.slices:
        one.SamplesPerPixel, one.PhotometricInterpretation, one.PlanarConfiguration = 3, "RGB", 0
        one.BitsAllocated, one.BitsStored, one.HighBit = 8, 8, 7
        one.PixelData = bytes(40 * 36 * 3)


FAULTS = {
    "two patients": (changed({"PatientID": "011_S_0099"}, slice(5)), "2 patients among its 34 slices; keep the files"),
    "two names": (changed({"PatientName": "Doe^John"}, slice(5)), "2 patients among its 34 slices"),
    "two series": (
        changed({"SeriesInstanceUID": "1.2.826.7"}, slice(5)),
        "2 series among its 34 slices",
    ),
    "two echoes": (changed({"EchoTime": 5.5}, slice(17)), "2 echoes among its 34 slices"),
    "numbered echoes": (changed({"EchoNumbers": 2}, slice(17)), "2 echoes among its 34 slices"),
    "a localiser": (localiser, "2 orientations among its 34 slices, as in a localiser"),
    "a missing slice": (without(12), "1 slice missing, after slice 12 of 33 along the series; download it again"),
    "missing slices": (without(3, 20, 21), "3 slices missing, after slice 3, 19 of 31 along the series"),
    "every other slice missing": (without(*range(1, 34, 2)), "slices of 1.3 mm lie 2.6 mm apart, with gaps or"),
    "a slice twice": (moved(8, -1.3), "1 of 34 slices lie where another one does; keep one of each"),
    "unequal steps": (moved(8, 0.3), "its 34 slices lie 1 to 1.6 mm apart; give a series of equal steps"),
    "other spacing": (
        changed({"PixelSpacing": [1.1, 1.0]}, slice(4)),
        "2 pixel spacings among its 34 slices (1.1",
    ),
    "other size": (larger, "2 sizes among its 34 slices (40 x 36, 40 x 37); keep those of one"),
    "two thicknesses": (changed({"SliceThickness": 5}, slice(3)), "slices of 1.3 to 5 mm thickness"),
    "no thickness": (changed({"SliceThickness": 0}), "a slice thickness of 0 mm"),
    "sheared": (sheared, "its slices are shifted sideways by up to 6.6 mm"),
    "no position": (lacking("ImagePositionPatient", slice(2)), "no usable ImagePositionPatient in 2 of 34 slices"),
    "no orientation": (lacking("ImageOrientationPatient"), "no usable ImageOrientationPatient in 34 of 34 slices"),
    "flat pixels": (changed({"PixelSpacing": [0, 0]}), "no usable PixelSpacing in 34 of 34 slices"),
    "skew rows": (changed({"ImageOrientationPatient": [1, 0, 0, 0.6, 0.8, 0]}), "not at right angles"),
    "colour": (coloured, "pictures in colour"),
    "one slice": (without(*range(1, 34)), "a single slice; give the whole series"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_series_that_is_not_one_regular_volume_is_refused_in_one_line(tmp_path, fault):
    change, said = FAULTS[fault]
    series = MadeSeries()
    change(series)
    reason = refused(series.written(tmp_path / "series"))
    assert reason.startswith("series: ") and said in reason


@pytest.mark.parametrize("step", [0.008, -0.008])
def test_steps_that_differ_by_rounding_are_equal(tmp_path, step):
    series = MadeSeries()
    moved(9, step)(series)
    assert convert(series.written(tmp_path / "series"))["accepted"]


def test_an_absent_thickness_is_no_fault(tmp_path):
    series = MadeSeries()
    lacking("SliceThickness")(series)
    assert convert(series.written(tmp_path / "series"))["accepted"]


def test_files_that_are_no_dicom_are_left_aside_with_a_note(tmp_path):
    series = MadeSeries().written(tmp_path / "series")
    (series / "notes.txt").write_text("sagittal")
    (series / "picture.jpg").write_bytes(b"\xff\xd8\xff" * 99)
    report = MadeSeries().header(70, ComprehensiveSRStorage)
    del report.Rows, report.Columns
    report.save_as(series / "report.dcm", enforce_file_format=True)
    status = convert(series)
    assert status["accepted"]
    assert status["sources"]["T1w"]["notes"] == ["3 files that are no DICOM image left aside"]


def test_frames_without_a_place_of_their_own_are_refused(tmp_path):
    whole = MadeSeries().multi_frame()
    del whole.PerFrameFunctionalGroupsSequence
    (tmp_path / "series").mkdir()
    whole.save_as(tmp_path / "series" / "all.dcm", enforce_file_format=True)
    assert "no usable PixelSpacing in 1 of 1 slices" in refused(tmp_path / "series")


def test_a_folder_without_dicom_is_refused(tmp_path):
    (tmp_path / "series").mkdir()
    (tmp_path / "series" / "scan.nii").write_bytes(b"no DICOM" * 100)
    assert refused(tmp_path / "series") == ("series: no DICOM image among its 1 files; give the folder of one series")


def test_an_empty_folder_is_refused(tmp_path):
    (tmp_path / "series").mkdir()
    assert refused(tmp_path / "series") == "series: no file in it; give the folder of one series"


@pytest.mark.parametrize("length", [0, 100, 300, 700, 2000])
def test_a_slice_that_is_cut_short_is_refused(tmp_path, length):
    series = MadeSeries().written(tmp_path / "series")
    path = series / "I000.dcm"
    path.write_bytes(path.read_bytes()[:length])
    assert "1 of 34 files damaged or cut short; download the series again" in refused(series)


@pytest.mark.parametrize("packed", [False, True])
def test_an_empty_file_is_a_slice_that_was_lost(tmp_path, packed):
    series = MadeSeries().written(tmp_path / "series", "IM{:03d}")
    (series / "IM033").write_bytes(b"")
    if packed:
        with zipfile.ZipFile(tmp_path / "adni.zip", "w") as archive:
            for path in series.iterdir():
                archive.write(path, path.name)
        assert "IM033: empty" in refused(tmp_path / "adni.zip")
    else:
        assert "1 of 34 files damaged or cut short" in refused(series)


def test_header_values_that_are_no_numbers_are_a_fault_of_the_series(tmp_path):
    series = MadeSeries().written(tmp_path / "series")
    path = series / "I003.dcm"
    content = path.read_bytes()
    at = content.index(b"\x20\x00\x32\x00DS") + 8
    path.write_bytes(content[:at] + b"x" + content[at + 1 :])
    reason = refused(series)
    assert "no usable ImagePositionPatient in 1 of 34 slices" in reason or "damaged" in reason


def test_a_prefix_that_leads_out_of_the_container_is_refused(tmp_path):
    MadeSeries().written(tmp_path / "series")
    (tmp_path / "other").mkdir()
    assert "outside its container" in convert(tmp_path / "other", "../series")["reason"]


def test_an_archive_that_cannot_be_read_is_refused(tmp_path):
    (tmp_path / "adni.zip").write_bytes(b"PK\x03\x04 cut")
    status = convert(tmp_path / "adni.zip", PREFIX)
    assert (status["accepted"], status["stage"]) == (False, "convert") and "adni.zip" in status["reason"]


def test_a_prefix_that_is_not_in_the_archive_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "adni.zip", "w") as archive:
        archive.writestr("ADNI/other.dcm", b"1")
    assert convert(tmp_path / "adni.zip", PREFIX)["reason"] == f"{PREFIX}: no file in it; give the folder of one series"
