"""What a full disk makes of a file that is written; /dev/full is one that is always full."""

import errno

import numpy
import pytest
import torch

from voxplain.disk_faults import disk_fault

FULL = "no space is left on the disk; make room and run again"


@pytest.mark.parametrize("values", [3, 100_000])
def test_weights_that_find_no_room_are_a_full_disk_though_torch_gives_no_number(values):
    with pytest.raises(RuntimeError) as raised:
        torch.save({"weight": torch.zeros(values)}, "/dev/full")
    assert disk_fault(raised.value) == FULL


def test_a_file_that_finds_no_room_is_a_full_disk():
    with pytest.raises(OSError) as raised, open("/dev/full", "wb") as file:
        numpy.save(file, numpy.zeros(100_000))
    assert disk_fault(raised.value).endswith(FULL)


def test_the_file_is_named_where_the_system_names_it():
    said = disk_fault(OSError(errno.EROFS, "Read-only file system", "maps.h5"))
    assert said.startswith("maps.h5: the file system is read-only; ")


@pytest.mark.parametrize(
    "error", [ValueError("No space left on device"), RuntimeError("a shape"), FileNotFoundError(errno.ENOENT, "no")]
)
def test_what_is_no_fault_of_a_disk_is_left_to_others(error):
    assert disk_fault(error) is None
