"""A copy of the workflow that a test may run and edit."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PARTS = ("Snakefile", "rules", "scripts", "voxplain", "config", "profiles", "envs", "tests/study")


class Checkout:
    """A copy of the workflow, and what running it there says."""

    def __init__(self, folder):
        self.folder = Path(folder)
        for part in PARTS:
            copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy2
            (self.folder / part).parent.mkdir(parents=True, exist_ok=True)
            copy(ROOT / part, self.folder / part)

    def snakemake(self, *arguments, config="tests/study/config.yaml", check=True, cwd=None, env=None):
        """What ``snakemake`` said, both streams together."""
        command = [sys.executable, "-m", "snakemake", "--cores", "2", *map(str, arguments)]
        if config:
            command += ["--configfile", str(config)]
        ran = subprocess.run(
            command, cwd=cwd or self.folder, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        assert not check or ran.returncode == 0, ran.stdout[-6000:]
        return ran.stdout

    def planned(self, *arguments, **options):
        """Number of jobs of each rule that a run would do now."""
        said = self.snakemake(*arguments, "-n", "--quiet", "rules", **options)
        return jobs_in(said)


def jobs_in(said):
    """Job counts of a dry run's table, without its total and the targets."""
    table = re.search(r"^job +count\n[- ]+\n(.*?)^total", said, re.M | re.S)
    if not table:
        assert "Nothing to be done" in said, said[-3000:]
        return {}
    rows = dict(line.split()[:2] for line in table.group(1).splitlines() if line.strip())
    return {rule: int(count) for rule, count in rows.items() if rule != "all"}
