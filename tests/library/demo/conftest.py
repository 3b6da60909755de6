"""A small made cohort, written once for the tests of its files."""

import pytest

from voxplain.demo.cohort import make_cohort

MADE = {
    "subjects": 6,
    "seed": 3,
    "spacing": 6.0,
    "null_cohort": False,
    "scale": 0.04,
    "region": 1.0,
    "outside": 1.0,
    "warp": 1.0,
    "twins": ["region"],
}


@pytest.fixture(scope="session")
def made():
    return dict(MADE)


@pytest.fixture(scope="session")
def cohort_folder(made, tmp_path_factory):
    folder = tmp_path_factory.mktemp("cohort")
    make_cohort(folder, made)
    return folder
