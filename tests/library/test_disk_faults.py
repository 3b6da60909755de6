"""What a full disk makes of a file that is written; /dev/full is one that is always full."""

import errno

import numpy
import pytest
import torch

from voxplain.disk_faults import disk_fault, refuse_to_judge_unread
from voxplain.errors import InputError, VoxplainError

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


@pytest.mark.parametrize("number", [errno.ESTALE, errno.ETIMEDOUT, errno.ENOTCONN, errno.EMFILE])
def test_what_cannot_be_asked_now_is_not_called_bad(number):
    with pytest.raises(VoxplainError) as raised:
        refuse_to_judge_unread(OSError(number, "Away"), "scan.nii.gz")
    assert str(raised.value) == "scan.nii.gz: not to be had now (Away); run again when that is over"
    # for an InputError a scan is left out
    assert not isinstance(raised.value, InputError)


@pytest.mark.parametrize("fault", [OSError(errno.EIO, "a bad sector"), OSError("no number"), EOFError("cut short")])
def test_what_may_be_the_files_own_fault_is_judged(fault):
    refuse_to_judge_unread(fault, "scan.nii.gz")
