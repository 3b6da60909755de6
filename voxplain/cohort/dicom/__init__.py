"""DICOM series: are they one whole volume, and where does it lie."""
