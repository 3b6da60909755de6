import pytest
import torch

from voxplain.training.batches import batch_places, batches


def test_each_scan_is_in_one_batch_and_a_single_one_joins_the_batch_before():
    assert batch_places(list(range(9)), 4) == [[0, 1, 2, 3], [4, 5, 6, 7, 8]]
    assert batch_places(list(range(10)), 4) == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    assert batch_places([3], 4) == [[3]]
    assert batch_places([3, 1], 1) == [[3], [1]]


def test_batches_come_in_order_and_no_more_than_two_wait():
    read = []

    class Slow(list):
        def __getitem__(self, place):
            read.append(place)
            return super().__getitem__(place)

    volumes = Slow(torch.full((1, 2, 3, 4), float(place)) for place in range(12))
    for number, one in enumerate(batches(volumes, range(12), batch_places(list(range(12)), 2))):
        places, batch, labels, _ = one
        assert places == [2 * number, 2 * number + 1] == labels.tolist()
        assert batch.shape == (2, 1, 2, 3, 4) and batch[:, 0, 0, 0, 0].tolist() == places
        assert len(read) <= 2 * (number + 1 + 2)


def test_an_error_of_the_reader_reaches_the_loop():
    with pytest.raises(IndexError):
        list(batches([torch.zeros(1, 2, 2, 2)], [0, 1], [[0, 1]]))


def test_the_memory_layout_changes_no_value():
    volumes = [torch.rand(2, 3, 4, 5) for _ in range(4)]
    plain = list(batches(volumes, range(4), [[0, 1], [2, 3]]))
    last = list(batches(volumes, range(4), [[0, 1], [2, 3]], memory_format=torch.channels_last_3d))
    for one, other in zip(plain, last, strict=True):
        assert torch.equal(one.volumes, other.volumes)
        assert other.volumes.is_contiguous(memory_format=torch.channels_last_3d)


def test_a_scan_that_comes_twice_is_augmented_twice():
    given = []

    def augmentation(volume, place, seed):
        given.append((place, seed))
        return volume + len(given)

    volumes = [torch.zeros(1, 2, 2, 2) for _ in range(3)]
    groups = [[0, 1, 0], [1, 2, 0]]
    shown = [batch.volumes for batch in batches(volumes, [0, 1, 0], groups, augmentation=augmentation, key=(1, 2))]
    assert [place for place, _ in given] == [0, 1, 0, 1, 2, 0] and len(set(given)) == 6
    assert [volume.mean().item() for batch in shown for volume in batch] == [1, 2, 3, 4, 5, 6]
    again = list(given)
    given.clear()
    list(batches(volumes, [0, 1, 0], groups, augmentation=augmentation, key=(1, 2)))
    assert given == again


def test_covariates_come_with_their_scans():
    values = torch.arange(8.0).reshape(4, 2)
    found = list(batches([torch.zeros(1, 2, 2, 2)] * 4, range(4), [[2, 0], [3, 1]], covariates=values))
    assert torch.equal(torch.cat([batch.covariates for batch in found]), values[[2, 0, 3, 1]])
    assert next(batches([torch.zeros(1, 2, 2, 2)], [0], [[0]])).covariates is None


def test_labels_keep_their_kind():
    volumes = [torch.zeros(1, 2, 2, 2)] * 2
    assert next(batches(volumes, torch.tensor([0.5, 1.5]), [[1, 0]])).labels.tolist() == [1.5, 0.5]
    assert next(batches(volumes, [0, 1], [[1, 0]])).labels.dtype == torch.int64
