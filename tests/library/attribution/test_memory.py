"""How many passes go through a network at once."""

import logging

import pytest
import torch

from voxplain.attribution.memory import batch_size
from voxplain.errors import SettingsError
from voxplain.out_of_memory import in_batches, ran_out


def test_a_batch_is_what_fits_the_stated_memory_and_never_less_than_one():
    assert batch_size(300_000_000, 1) == 3
    assert batch_size(300_000_000) == 6
    assert batch_size(5_000_000_000, 1) == 1
    assert batch_size(100, 1e-7) == 1


@pytest.mark.parametrize("amount", [0, -1, True, "2", None, float("nan"), float("inf")])
def test_what_is_no_amount_of_memory_is_refused(amount):
    with pytest.raises(SettingsError, match="max_memory_gb is .*; give a number of gigabytes above 0"):
        batch_size(1, amount)


def test_every_pass_runs_once_and_in_order():
    parts = list(in_batches(lambda start, stop: (start, stop), 7, 3))
    assert parts == [(0, 3), (3, 6), (6, 7)]
    assert list(in_batches(lambda start, stop: (start, stop), 0, 3)) == []


@pytest.mark.parametrize(
    "fault",
    [
        torch.OutOfMemoryError("CUDA out of memory"),
        MemoryError(),
        RuntimeError("[enforce fail at alloc_cpu.cpp:127] DefaultCPUAllocator: can't allocate memory"),
    ],
)
def test_a_batch_that_does_not_fit_is_halved_and_the_log_says_so(caplog, fault):
    tried = []

    def run(start, stop):
        tried.append((start, stop))
        if stop - start > 3:
            raise fault
        return list(range(start, stop))

    with caplog.at_level(logging.WARNING):
        parts = list(in_batches(run, 20, 10))
    assert sum(parts, []) == list(range(20))
    assert tried[:4] == [(0, 10), (0, 5), (0, 3), (3, 6)]
    assert "out of memory with 10 passes at once; going on with 5" in caplog.text


def test_a_single_pass_that_does_not_fit_and_every_other_fault_come_through():
    def run(start, stop):
        raise torch.OutOfMemoryError("CUDA out of memory")

    with pytest.raises(torch.OutOfMemoryError):
        list(in_batches(run, 4, 4))

    def broken(start, stop):
        raise RuntimeError("shapes do not fit")

    with pytest.raises(RuntimeError, match="shapes do not fit"):
        list(in_batches(broken, 4, 4))


def test_what_torch_says_when_the_cpu_has_no_memory_left_is_understood():
    with pytest.raises(RuntimeError) as fault:
        torch.empty(10**17)
    assert ran_out(fault.value)
