import h5py
import numpy as np
import pytest

from voxplain.attribution.maps import read_maps, write_maps
from voxplain.errors import InputError

AFFINE = np.diag([3.0, 3.0, 3.0, 1.0])
ABOUT = {"method": "grad_cam", "settings": {"relu": True, "layer": None}, "provenance": "1234e5678901"}


def made(count):
    return np.random.default_rng([1]).normal(size=(count, 4, 3, 5))


def write(path, maps, count, **more):
    scans = [f"sub-{number}" for number in range(count)]
    write_maps(path, scans, scans, range(count), [1] * count, maps, AFFINE, ABOUT, **more)


def test_what_is_written_is_read(tmp_path):
    volumes = made(3)
    write(tmp_path / "a.h5", (one for one in volumes), 3, targets=[0, 1, 1], scores=[0.5, -1, 2])
    maps = read_maps(tmp_path / "a.h5")
    assert maps.scan == maps.subject == ["sub-0", "sub-1", "sub-2"]
    assert (list(maps.label), list(maps.predicted), list(maps.target)) == ([0, 1, 2], [1, 1, 1], [0, 1, 1])
    assert list(maps.score) == [0.5, -1, 2]
    assert maps.about == ABOUT
    assert np.array_equal(maps.affine, AFFINE)
    assert len(maps) == 3 and maps.maps.shape == volumes.shape
    assert np.array_equal(maps.maps[1], volumes[1].astype("float32"))
    assert np.array_equal(np.asarray(maps.maps), volumes.astype("float32"))
    assert np.array_equal([one.sum() for one in maps.maps], volumes.astype("float32").sum((1, 2, 3)), True)


def test_one_map_is_one_chunk_of_float32(tmp_path):
    write(tmp_path / "a.h5", made(2), 2)
    with h5py.File(tmp_path / "a.h5") as file:
        assert file["maps"].dtype == "float32" and file["maps"].chunks == (1, 4, 3, 5)
        assert list(file["target"]) == list(file["predicted"])


def test_a_split_without_scans_is_an_empty_file_that_can_be_read(tmp_path):
    write(tmp_path / "a.h5", made(0), 0)
    maps = read_maps(tmp_path / "a.h5")
    assert len(maps) == 0 and maps.maps.shape == (0, 4, 3, 5) and maps.about == ABOUT
    write(tmp_path / "b.h5", iter(()), 0)
    assert read_maps(tmp_path / "b.h5").maps.shape == (0, 0, 0, 0)


def test_the_same_maps_are_the_same_bytes(tmp_path):
    for name in ("a.h5", "b.h5"):
        write(tmp_path / name, made(2), 2)
    assert (tmp_path / "a.h5").read_bytes() == (tmp_path / "b.h5").read_bytes()


@pytest.mark.parametrize("count", [1, 3])
def test_another_number_of_maps_than_scans_leaves_no_file(tmp_path, count):
    with pytest.raises(InputError, match=f"{count} maps for 2 scans"):
        write(tmp_path / "a.h5", made(count), 2)
    assert list(tmp_path.iterdir()) == []


def test_another_number_of_labels_than_scans_is_refused(tmp_path):
    with pytest.raises(InputError, match="1 values of label for 2 scans"):
        write_maps(tmp_path / "a.h5", ["a", "b"], ["a", "b"], [0], [0, 1], made(2), AFFINE, {})


def test_a_file_that_is_none_of_ours_is_refused_in_one_line(tmp_path):
    (tmp_path / "a.h5").write_text("no")
    h5py.File(tmp_path / "b.h5", "w").close()
    for name in ("a.h5", "b.h5", "c.h5"):
        with pytest.raises(InputError, match=f"{name}: not a file of maps") as refusal:
            read_maps(tmp_path / name)
        assert "\n" not in str(refusal.value)


def test_maps_of_channels_are_summed_unless_a_method_gives_all_of_them_the_same(tmp_path):
    parted = np.random.default_rng(2).standard_normal((2, 3, 4, 5)).astype(np.float32)
    alike = np.stack([parted[0], parted[0]])
    write_maps(tmp_path / "two.h5", ["a", "b"], ["a", "b"], [0, 1], [0, 1], [parted, alike], np.eye(4), {})
    found = read_maps(tmp_path / "two.h5")
    assert np.allclose(found.maps[0], parted.sum(0)) and np.array_equal(found.maps[1], parted[0])
    assert np.array_equal(found.channels[0], parted) and found.channels.shape == (2, 2, 3, 4, 5)


def test_a_flipped_bit_of_a_map_is_found_and_its_scan_named(tmp_path):
    write(tmp_path / "a.h5", made(3), 3)
    with h5py.File(tmp_path / "a.h5") as file:
        place = file["maps"].id.get_chunk_info(1).byte_offset
    content = bytearray((tmp_path / "a.h5").read_bytes())
    content[place + 13] ^= 1
    (tmp_path / "a.h5").write_bytes(content)
    maps = read_maps(tmp_path / "a.h5").maps
    assert maps[0].shape == maps[2].shape == (4, 3, 5)
    with pytest.raises(InputError, match="a.h5: the map of sub-1 differs from its checksum; explain again"):
        maps[1]
    with pytest.raises(InputError, match="the map of one of sub-0 to sub-2 differs"):
        np.asarray(maps)


def test_maps_of_before_versions_are_read_and_those_of_a_newer_format_refused(tmp_path):
    write(tmp_path / "a.h5", made(2), 2)
    with h5py.File(tmp_path / "a.h5", "r+") as file:
        assert file.attrs["format_version"] == 1
        del file.attrs["format_version"]
    assert read_maps(tmp_path / "a.h5").about == ABOUT
    with h5py.File(tmp_path / "a.h5", "r+") as file:
        file.attrs["format_version"] = 2
    with pytest.raises(InputError, match="a.h5: format version 2, expected 1; read it with the newer voxplain"):
        read_maps(tmp_path / "a.h5")
