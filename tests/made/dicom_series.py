"""A made DICOM series: a block of noise with one bright voxel, written slice by slice as a scanner would."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import EnhancedMRImageStorage, ExplicitVRLittleEndian, MRImageStorage

SHAPE = (40, 36, 34)  # columns, rows, slices
MARKER = (7, 25, 9)
PLANES = {
    "axial": ((1, 0, 0), (0, 1, 0)),
    "coronal": ((1, 0, 0), (0, 0, -1)),
    "sagittal": ((0, 1, 0), (0, 0, -1)),
    "oblique": ((0.9698463104, 0.2418447626, 0.0301536896), (-0.2418447626, 0.9375, 0.25)),
}


@dataclass
class MadeSeries:
    """What the headers say, and the intensities (columns, rows, slices); ``spacing`` along those axes in mm."""

    plane: str = "axial"
    shape: tuple = SHAPE
    spacing: tuple = (0.9, 1.1, 1.3)
    corner: tuple = (-20.0, -12.5, 31.0)  # LPS, mm, of the first voxel of the first slice
    marker: tuple = MARKER
    descending: bool = False
    slope: float = 1.0
    intercept: float = 0.0
    slices: list = field(default_factory=list)

    def __post_init__(self):
        generator = np.random.default_rng(3)
        self.data = generator.integers(50, 400, self.shape).astype(np.uint16)
        self.data[self.marker] = 3000
        row, column = (np.array(one, float) for one in PLANES[self.plane])
        row /= np.linalg.norm(row)
        column -= row * (row @ column)
        column /= np.linalg.norm(column)
        self.row, self.column = row, column
        self.normal = np.cross(row, column) * (-1 if self.descending else 1)
        self.slices = [self.slice(number) for number in range(self.shape[2])]

    def lps(self, index):
        """Where the voxel ``index`` (column, row, slice) lies, in the coordinates of DICOM."""
        steps = [step * size for step, size in zip(index, self.spacing, strict=True)]
        return self.corner + steps[0] * self.row + steps[1] * self.column + steps[2] * self.normal

    def marker_ras(self):
        """Where the bright voxel lies, left and posterior being negative."""
        return self.lps(self.marker) * [-1, -1, 1]

    def header(self, number, storage=MRImageStorage):
        """Everything of one file but its place and its pixels."""
        header = Dataset()
        header.file_meta = FileMetaDataset()
        header.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        header.file_meta.MediaStorageSOPClassUID = header.SOPClassUID = storage
        header.file_meta.MediaStorageSOPInstanceUID = header.SOPInstanceUID = f"1.2.826.0.1.99.{number + 1}"
        header.StudyInstanceUID, header.SeriesInstanceUID = "1.2.826.0.1.5", "1.2.826.0.1.5.7"
        header.PatientName, header.PatientID, header.PatientBirthDate = "Doe^Jane", "011_S_0003", "19310217"
        header.Modality, header.Manufacturer = "MR", "SIEMENS"
        header.ImageType = ["ORIGINAL", "PRIMARY", "M", "ND"]
        header.SeriesNumber, header.AcquisitionNumber, header.InstanceNumber = 2, 1, number + 1
        header.ScanningSequence, header.SequenceVariant, header.MRAcquisitionType = "GR", "SP", "3D"
        header.RepetitionTime, header.EchoTime, header.FlipAngle, header.EchoNumbers = 2300, 2.98, 9, 1
        header.StudyDate, header.AcquisitionTime = "20050901", "101010.000"
        header.SeriesDescription = header.ProtocolName = "MPRAGE"
        header.Rows, header.Columns = self.shape[1], self.shape[0]
        header.BitsAllocated, header.BitsStored, header.HighBit, header.PixelRepresentation = 16, 16, 15, 0
        header.SamplesPerPixel, header.PhotometricInterpretation = 1, "MONOCHROME2"
        return header

    def slice(self, number):
        """One slice as the file of a classic series."""
        header = self.header(number)
        header.ImagePositionPatient = [f"{value:.6f}" for value in self.lps((0, 0, number))]
        header.ImageOrientationPatient = [f"{value:.9f}" for value in (*self.row, *self.column)]
        header.PixelSpacing = [self.spacing[1], self.spacing[0]]
        header.SliceThickness = self.spacing[2]
        header.RescaleSlope, header.RescaleIntercept = self.slope, self.intercept
        header.PixelData = self.data[:, :, number].T.tobytes()
        return header

    def multi_frame(self):
        """The whole series as one enhanced file."""
        header = self.header(0, EnhancedMRImageStorage)
        header.NumberOfFrames = self.shape[2]
        shared, orientation, measures = Dataset(), Dataset(), Dataset()
        orientation.ImageOrientationPatient = [f"{value:.9f}" for value in (*self.row, *self.column)]
        measures.PixelSpacing, measures.SliceThickness = [self.spacing[1], self.spacing[0]], self.spacing[2]
        shared.PlaneOrientationSequence, shared.PixelMeasuresSequence = [orientation], [measures]
        header.SharedFunctionalGroupsSequence = [shared]
        header.PerFrameFunctionalGroupsSequence = [self.frame(number) for number in range(self.shape[2])]
        header.DimensionIndexSequence = [Dataset()]
        header.DimensionIndexSequence[0].DimensionIndexPointer = 0x00209057
        header.PixelData = b"".join(self.data[:, :, number].T.tobytes() for number in range(self.shape[2]))
        return header

    def frame(self, number):
        """Where one frame of the enhanced file lies."""
        frame, position, content = Dataset(), Dataset(), Dataset()
        position.ImagePositionPatient = [f"{value:.6f}" for value in self.lps((0, 0, number))]
        content.StackID, content.InStackPositionNumber = "1", number + 1
        content.DimensionIndexValues = [number + 1]
        frame.PlanePositionSequence, frame.FrameContentSequence = [position], [content]
        return frame

    def written(self, folder, name="I{:03d}.dcm"):
        """The folder, with every slice in a file whose name does not tell its order."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        order = np.random.default_rng(1).permutation(len(self.slices))
        for label, number in enumerate(order):
            self.slices[number].save_as(folder / name.format(label), enforce_file_format=True)
        return folder
