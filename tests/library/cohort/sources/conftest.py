import pytest

from tests.library.cohort.sources.made_dataset import Dataset


@pytest.fixture
def raw(tmp_path):
    return Dataset(tmp_path / "ds000030_R1.0.5")


@pytest.fixture
def derivative(tmp_path):
    return Dataset(tmp_path / "fmriprep", DatasetType="derivative", GeneratedBy=[{"Name": "fMRIPrep"}])
