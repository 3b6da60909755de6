"""A disk that a series fills says nothing of the series."""

from types import SimpleNamespace

import pytest

from tests.scripts.converted import convert


def test_no_series_is_left_out_that_filled_the_disk_with_files_of_its_own(tmp_path, monkeypatch):
    def room(place):
        return SimpleNamespace(free=1e6 if list((tmp_path / "anat").glob(".*.part")) else 1e9)

    (tmp_path / "series").mkdir()
    assert not convert(tmp_path / "series")["accepted"]
    monkeypatch.setattr("shutil.disk_usage", room)
    with pytest.raises(OSError, match="No space left on device"):
        convert(tmp_path / "series")
    assert list((tmp_path / "anat").iterdir()) == []
