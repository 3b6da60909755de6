"""One small study, run once for all workflow tests."""

import os
import shutil

import pytest

from tests.workflow.checkout import Checkout
from tests.workflow.leftovers import digests


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


class Survivor(Checkout):
    """A copy of a finished study, with what its results were before anything was done to them."""

    def __init__(self, folder, finished):
        shutil.copytree(finished.folder, folder, dirs_exist_ok=True)
        self.folder = folder
        self.results = folder / "results" / "small"
        self.before = digests(self.results)

    def outputs(self):
        """``{rule: [the outputs of a job, for each of its jobs]}`` of the finished study, below its folder."""
        lines = self.snakemake("--summary").splitlines()
        head = next(place for place, line in enumerate(lines) if line.startswith("output_file\t"))
        found = {}
        for output, _, rule, log, *_ in (line.split("\t") for line in lines[head + 1 :] if line.count("\t") >= 4):
            if rule not in ("all", "check", "-"):
                found.setdefault(rule, {}).setdefault(log, []).append(output)
        return {rule: [sorted(paths) for _, paths in sorted(jobs.items())] for rule, jobs in found.items()}

    def remove(self, output):
        """Remove an output of the study, a file or a folder."""
        path = self.folder / output
        shutil.rmtree(path) if path.is_dir() else path.unlink()


@pytest.fixture(scope="session")
def survivor(study, tmp_path_factory):
    """The study of the tests of survival; each leaves it as it was, or fails."""
    return Survivor(tmp_path_factory.mktemp("survivor"), study)
