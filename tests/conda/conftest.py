"""A `conda` that works without a network: a real solver, and a channel of what is installed here."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.conda.channel import make_channel
from tests.conventions.test_rules import OPTIONAL, pins_of

ROOT = Path(__file__).parents[2]
SOLVER = ROOT / "build" / "rattler" / "bin" / "python"
ENVS = sorted(env for env in (ROOT / "envs").glob("*.yaml") if env.stem not in OPTIONAL)
# What conda's own script does for an environment without scripts of its packages.
ACTIVATE = 'export CONDA_PREFIX="$1" PATH="$1/bin:$PATH"\n'


class Conda:
    """The program, in the folder ``base`` as conda's own would lie there."""

    def __init__(self, base):
        self.base, self.channel = base, base / "channel"
        make_channel(self.channel, {name for env in ENVS for name, _ in pins_of(env)})
        (base / "bin").mkdir()
        (base / "bin" / "activate").write_text(ACTIVATE)
        program = base / "bin" / "conda"
        program.write_text(f'#!/bin/sh\nexec "{SOLVER}" -I "{ROOT}/tests/conda/conda.py" "$@"\n')
        program.chmod(0o755)
        self.environment = os.environ | {
            "BASE": str(base),
            "CHANNEL": str(self.channel),
            "PATH": f"{base / 'bin'}{os.pathsep}{os.environ['PATH']}",
        }

    def create(self, env, prefix):
        """Make an environment as Snakemake does; what was said, and whether it went well."""
        command = ["conda", "env", "create", "--quiet", "--file", env, "--prefix", prefix]
        made = subprocess.run(command, env=self.environment, capture_output=True, text=True)
        return f"{made.stdout}{made.stderr}, code {made.returncode}", made.returncode == 0


@pytest.fixture(scope="session")
def conda(tmp_path_factory):
    """The program; where its solver was not installed, the tests say so and are left out."""
    if not SOLVER.exists():
        pytest.skip("build/rattler is not there: make build/rattler installs it")
    return Conda(tmp_path_factory.mktemp("conda"))
