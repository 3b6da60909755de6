import h5py
import numpy as np
import pytest

from voxplain.attribution.maps import read_maps, write_maps
from voxplain.errors import InputError
from voxplain.relevance.map_rows import map_rows
from voxplain.relevance.open_maps import OpenMaps
from voxplain.relevance.read_whole import whole_maps

SHAPE = (4, 5, 6)


@pytest.fixture
def maps():
    return np.random.default_rng(1).normal(size=(5, *SHAPE)).astype(np.float32)


def written(path, maps, seen=None):
    names = [f"{path.stem}-{place}" for place in range(len(maps))]
    about = {"provenance": {"split": path.stem, "seed": 1} | ({"seen": seen} if seen else {})}
    write_maps(path, names, names, [0] * len(maps), [0] * len(maps), maps, np.eye(4), about)
    return read_maps(path)


def test_a_range_of_voxels_is_read_of_any_maps_in_any_order(tmp_path, maps):
    sources = [written(tmp_path / "r1f1.h5", maps[:3]), written(tmp_path / "r1f2.h5", maps[3:])]
    with OpenMaps(sources, map_rows(sources)) as opened:
        assert len(opened) == 5
        assert np.array_equal(opened.block([4, 0, 2], 7, 61), maps.reshape(5, -1)[[4, 0, 2], 7:61])


def test_maps_that_lie_otherwise_in_their_file_are_read_all_the_same(tmp_path, maps):
    written(tmp_path / "plain.h5", maps)
    with h5py.File(tmp_path / "plain.h5", "a") as file:
        del file["maps"]
        file.create_dataset("maps", data=maps, chunks=(2, 3, 5, 2), compression="gzip")
    source = read_maps(tmp_path / "plain.h5")
    with OpenMaps([source], map_rows([source])) as opened:
        assert np.array_equal(opened.block([1, 3], 10, 100), maps.reshape(5, -1)[[1, 3], 10:100])


def test_what_no_network_sees_is_zero(tmp_path, maps):
    source = written(tmp_path / "r1f1.h5", maps, [[0, 3], [1, 5], [0, 6]])
    whole = whole_maps([source], np.ones(SHAPE, bool))
    assert whole.inside.sum() == 3 * 4 * 6
    for found, expected in zip(whole, maps, strict=True):
        assert np.array_equal(found[:3, 1:], expected[:3, 1:]) and not found[3].any() and not found[:, 0].any()


def test_the_scale_of_a_split_is_the_mean_norm_of_its_maps_inside_the_mask(tmp_path, maps):
    sources = [written(tmp_path / "r1f1.h5", maps[:3]), written(tmp_path / "r1f2.h5", 10 * maps[3:])]
    mask = np.zeros(SHAPE, bool)
    mask[1:3, 2:4] = True
    norms = [np.sqrt((one[mask].astype(float) ** 2).mean()) for one in [*maps[:3], *(10 * maps[3:])]]
    expected = [np.mean(norms[:3])] * 3 + [np.mean(norms[3:])] * 2
    assert np.allclose(whole_maps(sources, mask).scale, expected)


def test_files_are_closed_at_the_end(tmp_path, maps):
    source = written(tmp_path / "r1f1.h5", maps)
    with OpenMaps([source], map_rows([source])) as opened:
        opened.block([0], 0, 5)
        assert opened.files
    assert not opened.files


def test_a_flipped_bit_of_a_map_is_found_before_any_piece_is_read(tmp_path, maps):
    source = written(tmp_path / "r1f1.h5", maps)
    with h5py.File(source.maps.path) as file:
        place = file["maps"].id.get_chunk_info(4).byte_offset
    content = bytearray(source.maps.path.read_bytes())
    content[place + 400] ^= 2
    source.maps.path.write_bytes(content)
    with (
        pytest.raises(InputError, match="the map of r1f1-4 differs from its checksum"),
        OpenMaps([source], map_rows([source])) as opened,
    ):
        opened.block([0], 0, 5)
