"""One small study, run once for all workflow tests."""

import os

import pytest

from tests.workflow.checkout import Checkout


@pytest.fixture(scope="session")
def study(tmp_path_factory):
    """The finished small study."""
    checkout = Checkout(tmp_path_factory.mktemp("study"))
    checkout.snakemake()
    return checkout


@pytest.fixture
def edited(study):
    """Edit a file of the finished study's checkout, or add one; it is as it was afterwards."""
    kept = {}

    def edit(name, old, new):
        path = study.folder / name
        kept.setdefault(path, (path.read_bytes(), path.stat()))
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))

    yield edit
    for path, (content, known) in kept.items():
        path.write_bytes(content)
        # A script that looks newer than what it made would run again
        os.utime(path, ns=(known.st_atime_ns, known.st_mtime_ns))
