"""The slices of a DICOM series as their headers describe them; no picture is read."""

import hashlib
import math
import warnings
from dataclasses import dataclass
from pathlib import Path

import pydicom
from pydicom.errors import InvalidDicomError
from pydicom.uid import UID

from voxplain.errors import InputError

TAGS = [
    "SOPClassUID", "PatientID", "PatientName", "SeriesInstanceUID", "EchoNumbers", "EchoTime", "Rows", "Columns",
    "BitsAllocated", "SamplesPerPixel", "NumberOfFrames", "PixelSpacing", "ImageOrientationPatient",
    "ImagePositionPatient", "SliceThickness", "SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence",
]  # fmt: skip
ENDINGS = ".dcm", ".ima", ".dicom"


@dataclass(frozen=True)
class Slice:
    """One slice: a classic file, or one frame of a file of many. What its header lacks, or garbles, is None.

    ``patient``, ``series`` and ``echo`` tell slices apart and are not for showing. ``position`` and ``orientation``
    are ImagePositionPatient and ImageOrientationPatient, ``spacing`` the step from row to row and from column to column
    and ``thickness`` the slice's own, in mm. ``plain`` says whether the picture is stored uncompressed.
    """

    path: Path
    frame: int
    plain: bool
    patient: tuple
    series: str
    echo: tuple
    samples: int
    size: tuple
    spacing: tuple
    orientation: tuple
    position: tuple
    thickness: float

    @property
    def series_hash(self):
        """SHA-256 of the SeriesInstanceUID, which itself leads back to the patient."""
        return hashlib.sha256(self.series.encode()).hexdigest()


def read_slices(files, name):
    """The slices in ``files``, a mapping of paths to the names they came under, and the files that are no image.

    ``name`` is what messages call the series. Raises InputError where no file is a DICOM image, for an empty file, and
    for a DICOM file that cannot be read or is shorter than its picture.
    """
    slices, others, broken = [], [], 0
    for path, original in files.items():
        try:
            found = _slices_of(path)
        except InvalidDicomError:
            found = []
            broken += str(original).lower().endswith(ENDINGS) or Path(path).stat().st_size == 0
        # A header is foreign to its last byte, and pydicom answers what it cannot parse with many exceptions.
        except Exception:
            found = []
            broken += 1
        slices += found
        others += [] if found else [original]
    if not files:
        raise InputError(f"{name}: no file in it; give the folder of one series")
    if broken:
        raise InputError(f"{name}: {broken} of {len(files)} files damaged or cut short; download the series again")
    if not slices:
        raise InputError(f"{name}: no DICOM image among its {len(files)} files; give the folder of one series")
    return slices, others


def _slices_of(path):
    with warnings.catch_warnings():
        # They quote values of the header.
        warnings.simplefilter("ignore")
        header = pydicom.dcmread(path, stop_before_pixels=True, specific_tags=TAGS)
        if "Rows" not in header or "Columns" not in header:
            _check_kind(header)
            return []
        syntax = header.file_meta.get("TransferSyntaxUID")
        plain = syntax is not None and not syntax.is_compressed
        frames = _number(header.get("NumberOfFrames"), int) or 1
        groups = list(header.get("PerFrameFunctionalGroupsSequence") or [])
        _check_length(path, header, frames if plain else 0)
        common = (header.get("SharedFunctionalGroupsSequence") or [None])[0]
        levels = [[group, common, header] for group in groups] or [[header if frames == 1 else None]]
        return [_slice(path, frame, plain, header, places) for frame, places in enumerate(levels)]


def _check_kind(header):
    kind = UID(header.get("SOPClassUID") or header.file_meta.get("MediaStorageSOPClassUID") or "")
    if not kind or kind.name.endswith("Image Storage"):
        raise InputError("an image that ends before its size")


def _check_length(path, header, frames):
    bits = int(header.Rows) * int(header.Columns) * int(header.BitsAllocated) * int(header.get("SamplesPerPixel") or 1)
    if Path(path).stat().st_size < bits // 8 * frames:
        raise InputError("shorter than its picture")


def _slice(path, frame, plain, header, places):
    sequence = {
        "EchoTime": "MREchoSequence",
        "PixelSpacing": "PixelMeasuresSequence",
        "SliceThickness": "PixelMeasuresSequence",
        "ImageOrientationPatient": "PlaneOrientationSequence",
        "ImagePositionPatient": "PlanePositionSequence",
    }

    def value(tag):
        for place in [place for place in places if place is not None]:
            inner = place.get(sequence[tag]) if place is not header else [place]
            if inner and inner[0].get(tag) is not None:
                return inner[0].get(tag)
        return None

    echo_time = _number(value("EchoTime"))
    return Slice(
        path=Path(path),
        frame=frame,
        plain=plain,
        patient=tuple(str(header.get(tag) or "").strip() for tag in ("PatientID", "PatientName")),
        series=str(header.get("SeriesInstanceUID") or ""),
        echo=(str(header.get("EchoNumbers") or ""), None if echo_time is None else round(echo_time, 2)),
        samples=_number(header.get("SamplesPerPixel"), int) or 1,
        size=(int(header.Columns), int(header.Rows)),
        spacing=_numbers(value("PixelSpacing"), 2),
        orientation=_numbers(value("ImageOrientationPatient"), 6),
        position=_numbers(value("ImagePositionPatient"), 3),
        thickness=_number(value("SliceThickness")),
    )


def _number(value, kind=float):
    try:
        number = kind(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _numbers(values, count):
    try:
        numbers = tuple(_number(value) for value in values)
    except TypeError:
        return None
    return numbers if len(numbers) == count and None not in numbers else None
