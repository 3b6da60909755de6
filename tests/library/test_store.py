import multiprocessing
import pickle

import h5py
import numpy as np
import pytest
import torch

from voxplain.errors import InputError
from voxplain.store import Parts, Volumes, verify, write_store

SHAPE = (5, 7, 6)
AFFINE = np.diag([3.0, 3.0, 3.0, 1.0])


def made(scans, seed=1):
    for number, scan in enumerate(scans):
        generator = np.random.default_rng([seed, number])
        mask = generator.random(SHAPE) > 0.5
        yield scan, scan.split("_")[0], generator.gamma(2, size=SHAPE).astype(np.float32) * mask, mask


@pytest.fixture
def scans():
    return ["sub-a", "sub-b_ses-1", "sub-b_ses-2", "sub-c"]


@pytest.fixture
def store(tmp_path, scans):
    path = tmp_path / "affine.h5"
    write_store(path, made(scans), AFFINE, "mni152", {"input": "affine"})
    return path


def test_volumes_come_back_within_the_precision_of_float16(store, scans):
    volumes = Volumes(store)
    assert volumes.scans == scans
    assert volumes.subjects == ["sub-a", "sub-b", "sub-b", "sub-c"]
    assert volumes.shape == SHAPE and volumes.channels == 1 and len(volumes) == 4
    assert volumes.space == "mni152" and volumes.provenance == {"input": "affine"}
    np.testing.assert_array_equal(volumes.affine, AFFINE)
    for volume, (_, _, data, mask) in zip(volumes, made(scans), strict=True):
        assert volume.dtype == torch.float32 and volume.shape == (1, *SHAPE)
        np.testing.assert_allclose(volume[0].numpy(), data, rtol=2**-11, atol=1e-6)
        assert (volume[0].numpy()[~mask] == 0).all()


@pytest.mark.parametrize(("shift", "scale"), [(1000, 1), (-40, 3), (0, 1e6), (-5, 20), (7, 0)])
def test_any_range_of_intensities_fits(tmp_path, shift, scale):
    data = np.float32(shift) + np.float32(scale) * np.random.default_rng(2).random(SHAPE, dtype=np.float32)
    write_store(tmp_path / "one.h5", [("sub-a", "sub-a", data, data > 0)], AFFINE, "mni152", {})
    found = Volumes(tmp_path / "one.h5")[0][0].numpy()
    assert np.abs(found - data).max() <= 2**-11 * max(scale, abs(data).max() if shift <= 0 else scale, 1e-3)


def test_a_masked_volume_is_the_volume_times_its_mask(store):
    whole, brain = Volumes(store), Volumes(store, mask="brain")
    for place in range(len(whole)):
        assert torch.equal(brain[place], whole[place] * whole.mask(place))


def test_scans_come_in_the_order_asked_for(store):
    some = Volumes(store, ["sub-c", "sub-a"])
    assert some.scans == ["sub-c", "sub-a"]
    assert torch.equal(some[0], Volumes(store)[3]) and torch.equal(some[1], Volumes(store)[0])
    assert torch.equal(some.mask(1), Volumes(store).mask(0))


def test_channels_are_kept(tmp_path):
    data = np.random.default_rng(3).standard_normal((2, *SHAPE)).astype(np.float32)
    write_store(tmp_path / "two.h5", [("sub-a", "sub-a", data, data[0] > 0)], AFFINE, "mni152", {})
    volumes = Volumes(tmp_path / "two.h5", mask="brain")
    assert volumes.channels == 2 and volumes.shape == SHAPE
    np.testing.assert_allclose(volumes[0].numpy(), data * (data[:1] > 0), atol=2e-3)


def test_each_channel_keeps_its_own_precision(tmp_path):
    data = np.random.default_rng(3).standard_normal((2, *SHAPE)).astype(np.float32) * [[[[4000]]], [[[0.001]]]]
    data[1] += 7
    write_store(
        tmp_path / "two.h5",
        [("sub-a", "sub-a", data, data[0] > 0)],
        AFFINE,
        "mni152",
        {},
        channels=["intensity", "size"],
    )
    volumes = Volumes(tmp_path / "two.h5")
    assert volumes.channel_names == ["intensity", "size"] and volumes.affines is None
    error = np.abs(volumes[0].numpy() - data).reshape(2, -1).max(axis=1)
    assert (error <= [8, 4e-6]).all()


def test_an_affine_of_a_scan_is_under_its_checksum(tmp_path, scans):
    rows = ((*row, AFFINE * (1 + number)) for number, row in enumerate(made(scans)))
    path = tmp_path / "own.h5"
    write_store(path, rows, None, "own", {})
    np.testing.assert_array_equal(Volumes(path, ["sub-c"]).affines, [AFFINE * 4])
    with h5py.File(path, "r+") as file:
        file["affines"][1, 0, 3] = 1
    with pytest.raises(InputError, match="sub-b_ses-1 differs from its checksum"):
        verify(path)


def test_the_same_volumes_make_the_same_bytes(tmp_path, scans, store):
    write_store(tmp_path / "again.h5", made(scans), AFFINE, "mni152", {"input": "affine"})
    assert (tmp_path / "again.h5").read_bytes() == store.read_bytes()


def test_one_volume_is_one_chunk_and_gzip_reads_the_same(tmp_path, scans, store):
    write_store(tmp_path / "small.h5", made(scans), AFFINE, "mni152", {}, compression="gzip")
    with h5py.File(store) as plain, h5py.File(tmp_path / "small.h5") as small:
        assert plain["volumes"].dtype == np.float16 and plain["volumes"].chunks == (1, 1, *SHAPE)
        assert plain["volumes"].compression is None and small["volumes"].compression == "gzip"
        assert plain["mask"].dtype == np.uint8
    assert all(torch.equal(a, b) for a, b in zip(Volumes(store), Volumes(tmp_path / "small.h5"), strict=True))
    assert verify(tmp_path / "small.h5") == 4


def test_an_unknown_scan_is_named(store):
    with pytest.raises(InputError, match="no volume of sub-x, sub-y;"):
        Volumes(store, ["sub-a", "sub-x", "sub-y"])


@pytest.mark.parametrize("name", ["volumes", "mask"])
def test_a_flipped_byte_is_found_and_its_scan_named(store, name):
    assert verify(store) == 4
    with h5py.File(store) as file:
        place = file[name].id.get_chunk_info(2).byte_offset
    content = bytearray(store.read_bytes())
    content[place + 11] ^= 1
    store.write_bytes(content)
    with pytest.raises(InputError, match="sub-b_ses-2 differs from its checksum"):
        verify(store)
    volumes = Volumes(store)
    assert torch.isfinite(volumes[0]).all()
    for read in (volumes.__getitem__, volumes.mask):
        with pytest.raises(InputError, match="sub-b_ses-2 differs from its checksum; pack this input again"):
            read(2)


def test_a_scan_is_held_against_its_checksum_once_a_process_and_again_by_another_reader(store, monkeypatch):
    checked = []
    whole = Parts.check
    monkeypatch.setattr(Parts, "check", lambda parts, place: checked.append(place) or whole(parts, place))
    volumes = Volumes(store, mask="brain")
    list(volumes), list(volumes), volumes.mask(1)
    assert checked == [0, 1, 2, 3]
    pickle.loads(pickle.dumps(volumes))[2]
    assert checked == [0, 1, 2, 3, 2]


@pytest.mark.parametrize("kept", [0, 100, 0.6])
def test_a_store_cut_short_is_one_line(store, kept):
    content = store.read_bytes()
    store.write_bytes(content[: kept if isinstance(kept, int) else int(kept * len(content))])
    with pytest.raises(InputError) as caught:
        Volumes(store)
    assert "cut short" in str(caught.value) and "\n" not in str(caught.value)


def test_a_missing_store_is_one_line(tmp_path):
    with pytest.raises(InputError, match="no such store"):
        Volumes(tmp_path / "none.h5")


def test_a_store_of_another_format_is_refused(store):
    with h5py.File(store, "r+") as file:
        file.attrs["format_version"] = 99
    with pytest.raises(InputError, match="format version 99"):
        Volumes(store)


@pytest.mark.parametrize(
    ("version", "todo"), [(0, "pack this input again"), (99, "it is of a newer voxplain: read it with that one")]
)
def test_what_to_do_about_a_store_of_another_version_follows_from_its_age(store, version, todo):
    with h5py.File(store, "r+") as file:
        file.attrs["format_version"] = version
    with pytest.raises(InputError, match=f"format version {version}, expected 1; {todo}$"):
        Volumes(store)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda rows: rows[1].__setitem__(2, rows[1][2][:-1]), "sub-b_ses-1: shape"),
        (lambda rows: rows[1].__setitem__(3, rows[1][3][:-1]), "sub-b_ses-1: shape"),
        (lambda rows: rows[2][2].__setitem__((0, 0, 0), np.nan), "sub-b_ses-2: .* not finite"),
        (lambda rows: rows[3].__setitem__(0, "sub-a"), "sub-a: packed twice"),
        (lambda rows: rows.clear(), "no volume to pack"),
    ],
)
def test_a_volume_that_does_not_fit_leaves_no_store(tmp_path, scans, change, message):
    rows = [list(row) for row in made(scans)]
    change(rows)
    with pytest.raises(InputError, match=message):
        write_store(tmp_path / "bad.h5", rows, AFFINE, "mni152", {})
    assert not list(tmp_path.iterdir())


def test_volumes_are_written_one_at_a_time(tmp_path):
    alive = []

    class Counted(np.ndarray):
        def __del__(self):
            alive.remove(self.number)

    def counted(number):
        data = np.full(SHAPE, number + 1, np.float32).view(Counted)
        data.number = number
        alive.append(number)
        return f"sub-{number}", f"sub-{number}", data, np.ones(SHAPE)

    most = []

    def stream():
        for number in range(6):
            yield counted(number)
            most.append(len(alive))

    write_store(tmp_path / "streamed.h5", stream(), AFFINE, "mni152", {})
    assert max(most) <= 2


def test_workers_forked_after_a_reading_read_the_same(store):
    volumes = Volumes(store, mask="brain")
    expected = [volumes[place].clone() for place in range(len(volumes))]
    context = multiprocessing.get_context("fork")
    loader = torch.utils.data.DataLoader(volumes, batch_size=2, num_workers=2, multiprocessing_context=context)
    for _ in range(2):
        assert torch.equal(torch.cat(list(loader)), torch.stack(expected))
    assert torch.equal(volumes[0], expected[0])


def test_a_pickled_reader_opens_the_file_anew(store):
    volumes = Volumes(store)
    first = volumes[0]
    assert torch.equal(pickle.loads(pickle.dumps(volumes))[0], first)
