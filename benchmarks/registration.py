"""Warps of made heads found by ours and by antsRegistrationSyNQuick[s]: CPU seconds on one thread, and error in mm.

Each head is a known warp of the template, so that the error is known in every voxel of the brain. Both get the same
stripped brain and the same template, cropped to its brain; ours includes its affine, as the peer's does. Heads take
the place of repeats. The default is three heads at 2 mm; ``--full``, six at 1 mm, about 20 minutes.
"""

import argparse
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.timing import write_line
from benchmarks.warped_heads import errors, warped_head
from voxplain.volumes.carrying import points_to_native
from voxplain.volumes.registration import register
from voxplain.volumes.template import load_template

PEER = "syn_quick"
MARGIN = 6  # mm, the demo's
SAMPLED = (201, "plain"), (202, "fine"), (203, "folds")
WHOLE = (101, "plain"), (102, "plain"), (103, "fine"), (104, "fine"), (105, "contrast"), (106, "folds")
TARGETS = {"fast": {"mm": 0.55, "ratio": 4}, "accurate": {"mm": 0.40, "ratio": 1}}


def compare(heads, spacing, transforms, folder):
    """Register every head in turn by each of ``transforms`` and write the line."""
    template = load_template({"image": "mni152", "mask": None, "spacing": spacing, "margin": MARGIN})
    rows = []
    for seed, kind in heads:
        head = warped_head(seed, spacing, kind)
        for name in transforms:
            begun = time.process_time()
            found = register(head.brain, template, name, folder / f"{name}_")
            seconds = time.process_time() - begun
            missed = errors(head, template, lambda points, found=found: points_to_native(points, found))
            rows.append({"head": f"{seed} {kind}", "transform": name, "seconds": seconds, "mm": np.median(missed)})
    medians = {name: _medians([row for row in rows if row["transform"] == name]) for name in transforms}
    write_line(
        "registration",
        medians[PEER]["seconds"] / medians["fast"]["seconds"],
        round(float(medians["fast"]["mm"]), 4),
        spacing=spacing,
        made_heads=len(heads),
        target={name: TARGETS[name] for name in transforms if name in TARGETS} if spacing == 1 else "at 1 mm: --full",
        medians={name: _rounded(found) for name, found in medians.items()},
        each=[_rounded(row) for row in rows],
        gpu="not measured",
    )


def _medians(rows):
    return {key: statistics.median(row[key] for row in rows) for key in ("seconds", "mm")}


def _rounded(row):
    return {key: value if isinstance(value, str) else round(float(value), 3) for key, value in row.items()}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="six heads at 1 mm, and accurate too")
    full = parser.parse_args().full
    with tempfile.TemporaryDirectory() as work:
        if full:
            compare(WHOLE, 1.0, ("fast", "accurate", PEER), Path(work))
        else:
            compare(SAMPLED, 2.0, ("fast", PEER), Path(work))
