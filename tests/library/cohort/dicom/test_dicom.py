import io

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.made.dicom_series import PLANES, MadeSeries
from voxplain.cohort.dicom.series import series_grid
from voxplain.cohort.dicom.slices import read_slices
from voxplain.errors import InputError


def slices_of(folder):
    return read_slices({path: path.name for path in folder.iterdir()}, "series")[0]


@pytest.mark.parametrize("plane", PLANES)
def test_the_grid_takes_voxels_to_where_the_headers_put_them(tmp_path, plane):
    series = MadeSeries(plane)
    grid = series_grid(slices_of(series.written(tmp_path / "series")), "series")
    assert grid.shape == series.shape
    for index in ((0, 0, 0), (39, 0, 0), (0, 35, 0), (0, 0, 33), series.marker):
        assert np.allclose((grid.affine @ [*index, 1])[:3], series.lps(index) * [-1, -1, 1], atol=1e-4)


def test_slices_are_taken_in_the_order_of_their_places(tmp_path):
    series = MadeSeries(descending=True)
    grid = series_grid(slices_of(series.written(tmp_path / "series")), "series")
    assert grid.affine[2, 2] == pytest.approx(1.3)
    assert [one.position for one in grid.slices] == sorted((one.position for one in grid.slices), key=lambda at: at[2])


def test_the_series_is_told_by_its_hash_alone(tmp_path):
    found = slices_of(MadeSeries().written(tmp_path / "series"))
    assert {len(one.series_hash) for one in found} == {64}
    assert len({one.series_hash for one in found}) == 1


HEADER = io.BytesIO()
MadeSeries(shape=(4, 3, 2), marker=(1, 1, 1)).slices[0].save_as(HEADER, enforce_file_format=True)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    changes=st.lists(st.tuples(st.integers(128, len(HEADER.getvalue()) - 1), st.integers(0, 255)), max_size=6),
    length=st.one_of(st.none(), st.integers(0, len(HEADER.getvalue()))),
)
def test_a_damaged_header_gives_slices_or_one_line(tmp_path, changes, length):
    content = bytearray(HEADER.getvalue())
    for place, value in changes:
        content[place] = value
    path = tmp_path / "one"
    path.write_bytes(content[:length])
    try:
        series_grid(read_slices({path: "one"}, "series")[0], "series")
    except InputError as fault:
        assert str(fault).startswith("series: ") and "\n" not in str(fault)
