import logging

import pytest
import torch

from voxplain.networks.table import networks
from voxplain.training.devices import CHANNELS_LAST, chosen_device, memory_format, precision_of, repeatable

CPU, CUDA = torch.device("cpu"), torch.device("cuda")


def test_the_table_of_layouts_names_networks_that_there_are():
    assert set(networks()) >= CHANNELS_LAST
    assert {memory_format(name) for name in CHANNELS_LAST} == {torch.channels_last_3d}
    assert memory_format("a network of one's own") == torch.contiguous_format


@pytest.mark.parametrize(("has", "found"), [(True, "bf16"), (False, "float32")])
def test_a_gpu_without_bfloat16_gets_float32_and_the_log_says_so(monkeypatch, caplog, has, found):
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: has)
    assert precision_of("bf16", CUDA) == found and ("no bfloat16" in caplog.text) is not has
    assert precision_of("bf16", CPU) == "bf16" and precision_of("float32", CUDA) == "float32"


def test_without_cuda_the_cpu_is_used_and_the_log_says_so(monkeypatch, caplog):
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert chosen_device("gpu") == CPU and "device is gpu, but this machine has no CUDA" in caplog.text
    assert chosen_device("cpu") == CPU


def test_threads_switches_and_random_state_come_back_also_after_a_fault():
    state, threads = torch.get_rng_state(), torch.get_num_threads()
    with pytest.raises(RuntimeError, match="stop"), repeatable(CPU, threads + 1):
        assert torch.get_num_threads() == threads + 1 and torch.are_deterministic_algorithms_enabled()
        torch.rand(3)
        raise RuntimeError("stop")
    assert torch.equal(torch.get_rng_state(), state) and torch.get_num_threads() == threads
    assert not torch.are_deterministic_algorithms_enabled()
