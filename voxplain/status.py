"""How far a study is, what failed and where its log is, in ten lines; also while it runs.

``python -m voxplain.status --configfile my_study.yaml``: whatever follows is passed on to Snakemake, which is asked for
its plan and starts nothing. A target of the workflow would have to wait for the lock that a running study holds.
"""

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

from voxplain.report.closing import STAGES

MOST_SHOWN = 2
WIDEST = 100
NODE = re.compile(r'\[label = "([^"\\]+)(.*?)", color = "[^"]*", style="([^"]*)"\]')
ERROR = re.compile(r"^Error in (?:group|rule) .*\n(?:    .*\n)*?    log: (\S+) \(check", re.M)


def planned_jobs(plan):
    """Every job of Snakemake's plan as (rule, whether it is done), from what ``snakemake --dag dot`` says."""
    return [(rule, "dashed" in style) for rule, _, style in NODE.findall(plan) if rule != "all"]


def unfinished_logs(logs):
    """Logs of jobs that began and did not end well, the latest first: no benchmark of the same name is as new."""
    found = []
    for path in Path(logs).rglob("*.log"):
        ended = path.with_suffix(".benchmark.tsv")
        if not (ended.is_file() and ended.stat().st_mtime >= path.stat().st_mtime):
            found.append(path)
    return sorted(found, key=lambda path: path.stat().st_mtime, reverse=True)


def failed_logs(unfinished, runs):
    """Those of ``unfinished`` that a log of Snakemake itself, in the folder ``runs``, has told an error about since."""
    told = [(path.stat().st_mtime, set(ERROR.findall(path.read_text()))) for path in Path(runs).glob("*.snakemake.log")]
    return [log for log in unfinished if any(end >= log.stat().st_mtime and str(log) in names for end, names in told)]


def status_lines(study, jobs, logs, snakemake):
    """At most ten lines on a study: how far each stage is, the latest of what runs, the latest of what failed and why.

    jobs: what ``planned_jobs`` returns; logs: the study's folder of logs; snakemake: Snakemake's own folder.
    """
    unfinished, locked = unfinished_logs(logs), _locked(study, snakemake)
    failed = failed_logs(unfinished, Path(snakemake) / "log")
    running = [log for log in unfinished if log not in failed] if locked else []
    done = sum(ended for _, ended in jobs)
    share = f" ({100 * done // len(jobs)} %)" if jobs else ""
    state = f"{len(running)} running" if locked else "not running"
    lines = [f"{study}: {done} of {len(jobs)} jobs done{share}, {len(failed)} failed, {state}", *_stages(jobs)]
    for log in running[:MOST_SHOWN]:
        lines.append(f"running: {log.relative_to(logs).with_suffix('')}: {_last_line(log)}")
    for log in failed[:MOST_SHOWN]:
        lines += [f"failed: {log}", f"    {_last_line(log)}"]
    return lines


def _stages(jobs):
    """One line each for the stages that are done, under way and waiting, with their jobs."""
    stage_of = {rule: stage for stage, rules in STAGES.items() for rule in rules}
    planned = Counter(stage_of.get(rule, "other") for rule, _ in jobs)
    done = Counter(stage_of.get(rule, "other") for rule, ended in jobs if ended)
    stages = [stage for stage in (*STAGES, "other") if planned[stage]]
    told = {
        "done": [f"{stage} {planned[stage]}" for stage in stages if done[stage] == planned[stage]],
        "under way": [
            f"{stage} {done[stage]} of {planned[stage]}" for stage in stages if 0 < done[stage] < planned[stage]
        ],
        "waiting": [f"{stage} {planned[stage]}" for stage in stages if not done[stage]],
    }
    return [f"{state}: {', '.join(parts)}" for state, parts in told.items() if parts]


def _locked(study, snakemake):
    """Whether a run holds files of the study."""
    locks = Path(snakemake).glob("locks/*.output.lock")
    return any(f"results/{study}/" in path.read_text() for path in locks)


def _last_line(log):
    said = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    last = said[-1] if said else "nothing was written yet"
    return last if len(last) <= WIDEST else f"{last[: WIDEST - 1]}…"


def main(arguments):
    """Write the status of the study that ``arguments`` of Snakemake plan; its own exit code where it refuses them."""
    asked = subprocess.run(
        [sys.executable, "-m", "snakemake", "--dag", "dot", *arguments], capture_output=True, text=True
    )
    study = re.search(r"study: (\w+)", asked.stdout)
    if asked.returncode or not study:
        sys.stderr.write(asked.stderr)
        return asked.returncode or 1
    lines = status_lines(study[1], planned_jobs(asked.stdout), Path("logs") / study[1], ".snakemake")
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
