import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from voxplain.training.own_gpu import VISIBLE, allowed_gpus, own_gpu, visible_gpus

ROOT = Path(__file__).parents[3]
GPUS = ["GPU-aa", "GPU-bb"]
JOB = """
import os, sys, time
from voxplain.training.own_gpu import own_gpu

with own_gpu("gpu", ["GPU-aa", "GPU-bb"], sys.argv[1]) as gpu:
    begun = time.monotonic()
    time.sleep(float(sys.argv[2]))
    print(gpu, os.environ["CUDA_VISIBLE_DEVICES"], begun, time.monotonic(), flush=True)
"""


def started(folder, seconds):
    command = [sys.executable, "-c", JOB, str(folder), str(seconds)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


def test_no_two_processes_have_one_gpu_at_a_time_and_all_gpus_are_used(tmp_path):
    jobs = [started(tmp_path, 0.4) for _ in range(5)]
    spans = {gpu: [] for gpu in GPUS}
    for job in jobs:
        gpu, visible, *span = job.communicate(timeout=60)[0].split()
        assert job.returncode == 0 and visible == gpu
        spans[gpu].append(tuple(map(float, span)))
    assert all(spans.values()), "every GPU was used"
    for each in spans.values():
        each.sort()
        assert all(ended <= begun for (_, ended), (begun, _) in zip(each, each[1:], strict=False))


def test_a_killed_process_leaves_its_gpu_free(tmp_path):
    holder = started(tmp_path, 600)
    while not list(tmp_path.glob("*.lock")):
        time.sleep(0.02)
    time.sleep(0.3)
    with own_gpu("gpu", GPUS, tmp_path) as other:
        assert other == "GPU-bb"
    holder.kill()
    assert holder.wait() == -signal.SIGKILL
    holder.stdout.close()
    with own_gpu("gpu", GPUS, tmp_path) as again:
        assert again == "GPU-aa"


def test_cuda_is_shown_that_gpu_alone_and_afterwards_what_it_was_shown_before(tmp_path, monkeypatch):
    for before in ("0,1", None):
        monkeypatch.setenv(VISIBLE, before) if before else monkeypatch.delenv(VISIBLE)
        with pytest.raises(ZeroDivisionError), own_gpu("auto", GPUS, tmp_path) as gpu:
            assert os.environ[VISIBLE] == gpu
            raise ZeroDivisionError
        assert os.environ.get(VISIBLE) == before


def test_the_cpu_and_a_machine_without_gpus_wait_for_nothing(tmp_path, monkeypatch):
    with own_gpu("cpu", GPUS, tmp_path) as one, own_gpu("gpu", [], tmp_path) as other:
        assert one is None and other is None and not list(tmp_path.iterdir())
    monkeypatch.setenv("PATH", str(tmp_path))
    assert visible_gpus() == [], "no driver"


def test_gpus_are_those_that_the_process_may_use():
    listed = "0, GPU-aa11\n1, GPU-bb22\n2, GPU-cc33\n"
    assert allowed_gpus(listed) == ["GPU-aa11", "GPU-bb22", "GPU-cc33"]
    assert allowed_gpus(listed, "2,0") == ["GPU-cc33", "GPU-aa11"]
    assert allowed_gpus(listed, "GPU-bb") == ["GPU-bb22"]
    assert allowed_gpus(listed, "") == [] and allowed_gpus("", None) == []
