import json
import multiprocessing

import h5py
import numpy as np
import pytest
import torch

from tests.library.test_store import AFFINE, SHAPE, made
from voxplain.baselines.slabs import voxel_slabs
from voxplain.cohort.shards import shards_of
from voxplain.errors import InputError
from voxplain.shards import shard_path, write_index
from voxplain.store import Volumes, verify, write_store

SCANS = [f"sub-{letter}" for letter in "abcdefg"]


def in_shards(path, rows, affine=AFFINE, size=3):
    """The paths of the shards of a store at ``path``, with its index written last."""
    paths = []
    for number, shard in enumerate(shards_of(rows, size), 1):
        paths.append(shard_path(path, number))
        write_store(paths[-1], shard, affine, "mni152", {})
    write_index(path, paths, {"input": "affine"})
    return paths


@pytest.fixture
def whole(tmp_path):
    write_store(tmp_path / "whole.h5", made(SCANS), AFFINE, "mni152", {"input": "affine"})
    return tmp_path / "whole.h5"


@pytest.fixture
def index(tmp_path):
    in_shards(tmp_path / "affine.h5", made(SCANS))
    return tmp_path / "affine.h5"


def test_a_reader_does_not_notice_shards(whole, index):
    one, many = Volumes(whole, mask="brain"), Volumes(index, mask="brain")
    for name in ("scans", "subjects", "checksums", "shape", "channels", "channel_names", "space", "provenance"):
        assert getattr(one, name) == getattr(many, name)
    np.testing.assert_array_equal(one.affine, many.affine)
    assert all(torch.equal(a, b) for a, b in zip(one, many, strict=True))
    assert all(torch.equal(one.mask(place), many.mask(place)) for place in range(len(SCANS)))
    assert verify(index) == verify(whole) == len(SCANS)


def test_scans_of_several_shards_come_in_the_order_asked_for(whole, index):
    asked = ["sub-g", "sub-a", "sub-d", "sub-b"]
    assert all(torch.equal(a, b) for a, b in zip(Volumes(whole, asked), Volumes(index, asked), strict=True))


@pytest.mark.parametrize("mask", ["none", "brain"])
def test_slabs_of_voxels_cross_shards(whole, index, mask):
    asked = ["sub-f", "sub-a", "sub-c"]
    one, many = (np.concatenate(list(voxel_slabs(path, asked, mask, 1e-4)), axis=1) for path in (whole, index))
    assert one.shape == (3, np.prod(SHAPE)) and one.any()
    np.testing.assert_array_equal(one, many)


def test_a_scan_keeps_its_own_affine_in_a_shard(tmp_path):
    rows = [(*row, AFFINE * (1 + number)) for number, row in enumerate(made(SCANS))]
    write_store(tmp_path / "whole.h5", rows, None, "own", {})
    in_shards(tmp_path / "own.h5", rows, None)
    one, many = Volumes(tmp_path / "whole.h5", ["sub-e", "sub-b"]), Volumes(tmp_path / "own.h5", ["sub-e", "sub-b"])
    np.testing.assert_array_equal(many.affines, one.affines)
    np.testing.assert_allclose(many.affine, one.affine)


def test_forked_workers_read_shards(index):
    volumes = Volumes(index)
    expected = torch.stack(list(volumes))
    context = multiprocessing.get_context("fork")
    loader = torch.utils.data.DataLoader(volumes, batch_size=2, num_workers=2, multiprocessing_context=context)
    assert torch.equal(torch.cat(list(loader)), expected)


def test_the_same_shards_make_the_same_index(tmp_path, index):
    content = index.read_bytes()
    in_shards(tmp_path / "affine.h5", made(SCANS))
    assert index.read_bytes() == content


def test_a_flipped_byte_in_a_shard_is_found_and_its_scan_named(index):
    shard = shard_path(index, 2)
    with h5py.File(shard) as file:
        place = file["volumes"].id.get_chunk_info(1).byte_offset
    content = bytearray(shard.read_bytes())
    content[place + 11] ^= 1
    shard.write_bytes(content)
    told = f"^{shard}: sub-e differs from its checksum; remove it and {index} and run again$"
    with pytest.raises(InputError, match=told):
        verify(index)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda shard: shard.unlink(), "affine_shard-0002.h5: there is no such store"),
        (lambda shard: shard.write_bytes(shard.read_bytes()[:900]), "affine_shard-0002.h5: the store is cut short"),
        (lambda shard: write_store(shard, made(["sub-d"]), AFFINE, "mni152", {}), "affine_shard-0002.h5: 1 scans, exp"),
    ],
)
def test_a_shard_that_is_not_as_its_index_says_is_one_line(index, change, message):
    change(shard_path(index, 2))
    volumes = Volumes(index)
    assert volumes[0].any()
    with pytest.raises(InputError, match=message) as caught:
        volumes[4]
    assert "\n" not in str(caught.value) and f"remove it and {index} and run again" in str(caught.value)


@pytest.mark.parametrize(
    ("rows", "affine", "space", "message"),
    [
        (made(["sub-x"]), AFFINE * 2, "mni152", "affine_shard-0002.h5: another affine than affine_shard-0001.h5 has"),
        (made(["sub-x"]), AFFINE, "mni305", "affine_shard-0002.h5: another space than"),
        ([("sub-x", "sub-x", np.ones((5, 7, 5)), np.ones((5, 7, 5)))], AFFINE, "mni152", "another shape than"),
        (made(["sub-a"]), AFFINE, "mni152", "affine_shard-0002.h5: sub-a lies in affine_shard-0001.h5 too"),
    ],
)
def test_shards_that_do_not_belong_together_leave_no_index(tmp_path, rows, affine, space, message):
    path = tmp_path / "affine.h5"
    shards = [shard_path(path, 1), shard_path(path, 2)]
    write_store(shards[0], made(["sub-a"]), AFFINE, "mni152", {})
    write_store(shards[1], rows, affine, space, {})
    with pytest.raises(InputError, match=message):
        write_index(path, shards, {})
    assert not path.exists()


def test_a_shard_in_another_folder_is_refused(tmp_path):
    (tmp_path / "other").mkdir()
    write_store(tmp_path / "other" / "one.h5", made(["sub-a"]), AFFINE, "mni152", {})
    with pytest.raises(InputError, match="another folder than its index"):
        write_index(tmp_path / "affine.h5", [tmp_path / "other" / "one.h5"], {})


def test_an_index_is_small_and_names_its_shards(index):
    with h5py.File(index) as file:
        assert "volumes" not in file and "mask" not in file
        assert [one["scans"] for one in json.loads(file.attrs["shards"])] == [3, 3, 1]
    assert index.stat().st_size < 40_000


def test_scans_are_dealt_to_full_shards():
    assert shards_of(range(7), 3) == [[0, 1, 2], [3, 4, 5], [6]]
    assert shards_of(range(3), 3) == [[0, 1, 2]] and shards_of([], 3) == [[]]
