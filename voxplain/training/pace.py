"""How a training gets on: volumes a second, time left, the most memory that it has held."""

import logging
import time
from pathlib import Path

import torch

log = logging.getLogger(__name__)

SECONDS_BETWEEN_LINES = 10


class Pace:
    """A log line for each epoch, and every ten seconds within one, of a training of so many ``epochs``."""

    def __init__(self, epochs, device):
        self.epochs, self.device = epochs, device
        self.done, self.seen = 0, 0
        self.begun = self.said = time.monotonic()

    def counted(self, ahead, epoch, count):
        """The batches of ``ahead``, those of ``count`` scans, counted as they pass."""
        passed = 0
        for batch in ahead:
            yield batch
            passed += len(batch.places)
            self.seen += len(batch.places)
            if time.monotonic() - self.said >= SECONDS_BETWEEN_LINES:
                self._say(f"epoch {epoch} of {self.epochs}: {passed} of {count} scans")

    def epoch_ended(self, epoch, train_loss, validation_loss):
        """Say what the epoch came to; the time left is that of the epochs left, should all of them be needed."""
        self.done += 1
        left = (time.monotonic() - self.begun) / self.done * (self.epochs - epoch)
        losses = f"train loss {train_loss:.4f}, validation loss {validation_loss:.4f}"
        self._say(f"epoch {epoch} of {self.epochs}: {losses}, at most {_clock(left)} left")

    def _say(self, line):
        self.said = time.monotonic()
        log.info("%s; %.1f volumes/s, %s", line, self.seen / (self.said - self.begun), memory_held(self.device))


def memory_held(device):
    """The most memory that this process has held so far, and on a GPU its tensors there, in words."""
    held = f"{peak_memory() / 1e9:.2f} GB" if peak_memory() else "memory unknown"
    if device.type == "cuda":
        held += f", {torch.cuda.max_memory_allocated(device) / 1e9:.2f} GB of the GPU"
    return held


def peak_memory():
    """Bytes that this process has had in memory at most; None where the system does not tell.

    The kernel's own line counts this process alone, while getrusage begins with what its parent held when it forked.
    """
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), None)


def _clock(seconds):
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {seconds:02d} s" if minutes else f"{seconds} s"
