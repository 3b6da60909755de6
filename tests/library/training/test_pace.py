import logging
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from voxplain.training import pace
from voxplain.training.pace import Pace, peak_memory

ROOT = Path(__file__).parents[3]


@pytest.fixture
def clock(monkeypatch):
    now = SimpleNamespace(seconds=100.0)
    monkeypatch.setattr(pace.time, "monotonic", lambda: now.seconds)
    return now


def test_a_line_tells_losses_time_left_volumes_a_second_and_memory(clock, caplog):
    caplog.set_level(logging.INFO)
    one = Pace(4, torch.device("cpu"))
    for _ in one.counted([SimpleNamespace(places=[0, 1, 2])] * 2, 1, 6):
        clock.seconds += 1.5
    one.epoch_ended(1, 0.5, 0.25)
    assert "epoch 1 of 4: train loss 0.5000, validation loss 0.2500, at most 9 s left; 2.0 volumes/s, " in caplog.text
    assert caplog.text.strip().endswith("GB")


def test_a_long_epoch_says_how_far_it_is_every_ten_seconds(clock, caplog):
    caplog.set_level(logging.INFO)
    for _ in Pace(4, torch.device("cpu")).counted([SimpleNamespace(places=[0, 1])] * 10, 2, 20):
        clock.seconds += 4
    lines = [record.message.split(";")[0] for record in caplog.records]
    assert lines == [f"epoch 2 of 4: {scans} of 20 scans" for scans in (6, 12, 18)]


def test_the_time_left_of_a_training_that_goes_on_is_that_of_its_own_epochs(clock, caplog):
    caplog.set_level(logging.INFO)
    one = Pace(100, torch.device("cpu"))
    list(one.counted([SimpleNamespace(places=[0])], 91, 1))
    clock.seconds += 600
    one.epoch_ended(91, 1, 1)
    assert "at most 1 h 30 min left" in caplog.text


def test_the_peak_of_memory_is_this_processs_own():
    script = "from voxplain.training.pace import peak_memory as p; a = p(); b = bytearray(10**8); print(a, p())"
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    before, after = map(int, ran.stdout.split())
    assert 0.9e8 < after - before < 1.2e8 and peak_memory() > 1e7
