"""What a study has on disk, to be held against what it had before it was disturbed."""

import hashlib
from pathlib import Path

# made by a job on its way and removed by it at its end, or by the job that takes its place
UNDER_WAY = ".part", ".checkpoint", ".kept"


def digests(root):
    """``{path below root: digest}`` of every file of a study's results.

    Nothing is left out: results hold no clock time. Logs and benchmarks, which do, lie elsewhere.
    """
    root = Path(root)
    return {
        path.relative_to(root).as_posix(): hashlib.blake2b(path.read_bytes(), digest_size=16).hexdigest()
        for path in root.rglob("*")
        if path.is_file()
    }


def differing(found, expected):
    """Paths that only one of two ``digests`` has, or that differ in their bytes."""
    return sorted(path for path in found.keys() | expected.keys() if found.get(path) != expected.get(path))


def under_way(root):
    """Files and folders that jobs left on their way and nobody removed."""
    return sorted(path for path in Path(root).rglob("*") if path.name.endswith(UNDER_WAY))
