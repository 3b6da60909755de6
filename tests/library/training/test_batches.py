import pytest
import torch

from voxplain.training.batches import batch_places, batches, epoch_order


def test_each_scan_is_in_one_batch_and_a_single_one_joins_the_batch_before():
    assert batch_places(list(range(9)), 4) == [[0, 1, 2, 3], [4, 5, 6, 7, 8]]
    assert batch_places(list(range(10)), 4) == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    assert batch_places([3], 4) == [[3]]
    assert batch_places([3, 1], 1) == [[3], [1]]


def test_the_order_of_an_epoch_depends_on_seed_and_epoch_alone():
    first = epoch_order(20, 1, 1)
    torch.rand(3)
    assert epoch_order(20, 1, 1) == first and sorted(first) == list(range(20))
    assert epoch_order(20, 1, 2) != first and epoch_order(20, 2, 1) != first


def test_batches_come_in_order_and_no_more_than_two_wait():
    read = []

    class Slow(list):
        def __getitem__(self, place):
            read.append(place)
            return super().__getitem__(place)

    volumes = Slow(torch.full((1, 2, 3, 4), float(place)) for place in range(12))
    for number, (places, batch, labels) in enumerate(batches(volumes, range(12), batch_places(list(range(12)), 2))):
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
    for (_, one, _), (_, other, _) in zip(plain, last, strict=True):
        assert torch.equal(one, other) and other.is_contiguous(memory_format=torch.channels_last_3d)
