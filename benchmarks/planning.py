"""How long a dry run of 1,113 subjects takes: empty archives, 5 folds, 2 experiments, 4 methods.

There is no peer: the figures stand against 30 s of processor time and 500 MB.
"""

import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]
SUBJECTS = 1113


def plan(folder):
    """Jobs, processor seconds and peak MB of one dry run on empty archives in ``folder``."""
    archives = folder / "archives"
    archives.mkdir()
    ids = range(100001, 100001 + SUBJECTS)
    for number in ids:
        (archives / f"{number}_3T_Structural_preproc.zip").touch()
    rows = [f"{number},{'MF'[number % 2]},26-30,S1200" for number in ids]
    (folder / "table.csv").write_text("\n".join(["Subject,Gender,Age,Release", *rows]) + "\n")
    settings = {"study": "many", "cohort": {"source": "hcp", "archives": "archives", "table": "table.csv"}}
    settings["folds"] = {"k": 5}
    (folder / "study.yaml").write_text(yaml.safe_dump(settings))
    command = [sys.executable, "-m", "snakemake", "-n", "--quiet", "rules", "--cores", "2"]
    command += ["-s", str(ROOT / "Snakefile"), "--configfile", "study.yaml"]
    said = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    jobs = next(int(row.split()[1]) for row in (said.stdout + said.stderr).splitlines() if row.startswith("total "))
    return jobs, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        jobs, seconds, megabytes = plan(Path(folder))
    figures = {"subjects": SUBJECTS, "jobs": jobs, "cpu_seconds": round(seconds, 1), "peak_mb": round(megabytes)}
    figures |= {"limit_seconds": 30, "limit_mb": 500, "gpu": "not measured"}
    sys.stdout.write(json.dumps({"name": "planning", "ratio": round(30 / seconds, 2), "error": 0.0, **figures}) + "\n")
