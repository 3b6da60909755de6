import pytest

from tests.library.volumes.made_head import known_affine, made_head, small_template


@pytest.fixture(scope="session")
def template():
    return small_template()


@pytest.fixture(scope="session")
def moved():
    """A head moved by a known affine: head, brain mask, and the matrix from template to native millimetres."""
    matrix = known_affine(1)
    return *made_head(matrix), matrix
