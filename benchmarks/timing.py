"""Timing of ours and the peer in turn, and the line that a benchmark ends with."""

import json
import statistics
import sys
import time


def interleaved(works, repeats):
    """Median seconds of each of ``works``, callables by name, which take turns after one round that does not count."""
    seconds = {name: [] for name in works}
    for round in range(repeats + 1):
        for name, work in works.items():
            begun = time.perf_counter()
            work()
            if round:
                seconds[name].append(time.perf_counter() - begun)
    return {name: statistics.median(each) for name, each in seconds.items()}


def write_line(name, ratio, error, **figures):
    """One JSON object on the standard output: peer time over ours, the disagreement, and the figures behind them."""
    rounded = {key: round(value, 4) if isinstance(value, float) else value for key, value in figures.items()}
    sys.stdout.write(json.dumps({"name": name, "ratio": round(ratio, 4), "error": error, **rounded}) + "\n")
