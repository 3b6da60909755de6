"""Where a network is trained, with how many threads, and in which memory layout."""

import ctypes
import logging
import os
from contextlib import contextmanager
from shutil import which

import torch

from voxplain.errors import SettingsError

log = logging.getLogger(__name__)

# Networks that take a step faster with the channels innermost, by `python -m benchmarks.training --layouts`.
CHANNELS_LAST = frozenset({"adni_cnn", "korolev_cnn", "mrinet", "s500_cnn", "small_elu", "vox_cnn", "vox_resnet"})


def chosen_device(asked):
    """The torch device for a setting ``cpu``, ``gpu`` or ``auto``; without CUDA the CPU, said in the log."""
    if asked == "cpu":
        return torch.device("cpu")
    if torch.cuda.is_available():
        return torch.device("cuda")
    log.info("device is %s, but this machine has no CUDA: the CPU is used", asked)
    return torch.device("cpu")


def memory_format(network_name):
    """The layout of this network's tensors while it is trained: a fixed table, so that no timing decides on bytes."""
    return torch.channels_last_3d if network_name in CHANNELS_LAST else torch.contiguous_format


def precision_of(asked, device):
    """``asked``, float32 or bf16; float32, said in the log, on a GPU that has no bfloat16."""
    if asked == "bf16" and device.type == "cuda" and not torch.cuda.is_bf16_supported(including_emulation=False):
        log.info("precision is bf16, but this GPU has no bfloat16: float32 is used")
        return "float32"
    return asked


@contextmanager
def compiled(network, asked, device):
    """``network`` compiled by torch while the block lasts, where that is ``asked``; its weights keep their names.

    Raises `SettingsError` where the CPU's code would need a C++ compiler that is not there.
    """
    if not asked:
        yield
        return
    if device.type == "cpu" and not which(os.environ.get("CXX", "g++")) and not which("clang++"):
        raise SettingsError(
            'setting "training.compile" is true, but there is no C++ compiler; install g++, or set it to false'
        )
    try:
        network.compile()
        yield
    finally:
        network._compiled_call_impl = None


@contextmanager
def repeatable(device, threads):
    """The same bytes for the same seed and threads; torch's threads, random state and switches come back as they were.

    CUDA has no deterministic 3-D max-pooling, so the promise is for the CPU.
    """
    threads_before = torch.get_num_threads()
    deterministic_before = torch.are_deterministic_algorithms_enabled()
    filled_before = torch.utils.deterministic.fill_uninitialized_memory
    with torch.random.fork_rng(devices=[] if device.type == "cpu" else [device]):
        try:
            torch.set_num_threads(threads)
            torch.use_deterministic_algorithms(device.type == "cpu")
            torch.utils.deterministic.fill_uninitialized_memory = False
            yield
        finally:
            torch.set_num_threads(threads_before)
            torch.use_deterministic_algorithms(deterministic_before)
            torch.utils.deterministic.fill_uninitialized_memory = filled_before


def keep_freed_memory():
    """From now on memory that tensors give back stays with this process, which halves a training step on a CPU.

    glibc hands every block above 32 MB back to the system at once, and the next layer's pages are then made and zeroed
    anew. For scripts, since it holds for the whole process; nothing happens where the C library is another one.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt:
        trim_threshold, top_pad, mmap_max = -1, -2, -4
        mallopt(mmap_max, 0)
        mallopt(trim_threshold, -1)
        mallopt(top_pad, 64 * 2**20)
