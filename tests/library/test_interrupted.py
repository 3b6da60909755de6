"""Signals in the middle of writing HDF5: the old file or none is there, and the next writer cleans up."""

import os
import runpy
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from voxplain.store import verify

ROOT = Path(__file__).parents[2]
SCRIPT = """
    import os
    import signal
    import sys

    import numpy as np

    from voxplain.store import write_store


    def write(path, number=None):
        def volumes():
            for place in range(6):
                if place == 4 and number:
                    os.kill(os.getpid(), number)
                data = np.random.default_rng(place).random((9, 8, 7))
                yield f"sub-{place}", f"sub-{place}", data, data > 0.5

        write_store(path, volumes(), np.eye(4), "mni152", {})


    if __name__ == "__main__":
        # whoever started the tests in the background has told all that come after to ignore it
        signal.signal(signal.SIGINT, signal.default_int_handler)
        write(sys.argv[1], int(sys.argv[2]))
"""


@pytest.mark.parametrize(
    ("number", "left", "old"), [(signal.SIGINT, 0, True), (signal.SIGINT, 0, False), (signal.SIGTERM, 1, True)]
)
def test_a_signal_in_the_middle_of_a_store_leaves_the_old_one_or_none(tmp_path, number, left, old):
    script, store = tmp_path / "write.py", tmp_path / "packed" / "affine.h5"
    script.write_text(textwrap.dedent(SCRIPT))
    store.parent.mkdir()
    if old:
        store.write_bytes(b"of before")
    command = [sys.executable, script, store, str(int(number))]
    ended = subprocess.run(command, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True)
    assert ended.returncode == -number
    assert store.read_bytes() == b"of before" if old else not store.exists()
    assert len(list(store.parent.glob(".affine.h5.*.part"))) == left
    write = runpy.run_path(script)["write"]
    write(store)
    write(tmp_path / "whole.h5")
    assert verify(store) == 6 and store.read_bytes() == (tmp_path / "whole.h5").read_bytes()
    assert [path.name for path in store.parent.iterdir()] == ["affine.h5"]
