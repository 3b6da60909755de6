"""Write the arithmetic of large_cohorts.md: what 40,000 scans take, from what each stage took of few.

``python -m docs.cluster.large_cohorts logs/demo results/demo`` after ``make demo``: processor time of each
rule and bytes of each folder over the amount of work there, times the amount of work of the large study.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

from docs.cluster.measured import demo_settings, measured_jobs
from voxplain.settings.resources import work_of

PAGE = Path(__file__).with_name("large_cohorts.md")
BEGIN, END = "<!-- table -->\n", "<!-- end -->\n"
SHARD = 200


@dataclass(frozen=True)
class Study:
    """Scans, million voxels of each, splits, passes over the training scans, experiments, methods of a study."""

    scans: int
    voxels: float
    splits: int
    epochs: int
    experiments: int
    methods: int

    def amounts(self):
        """Units of work: scans, million voxels of all scans, those that trainings see, those that maps are made of."""
        every = self.scans * self.voxels
        trained = every * (self.splits - 1) * self.epochs * self.experiments
        of_kind = {"scans": self.scans, "voxels": every, "trained": trained}
        return of_kind | {"judged": every * self.experiments, "maps": every * self.experiments * self.methods}


# What the work of a rule grows with; of the rules that are not here, checks look at a fixed number of scans a split
GROWS = {"extract_scan": "scans", "prepare_scan": "voxels", "pack_input": "voxels", "train_fold": "trained"}
GROWS |= {"predict_experiment": "judged", "explain_split": "maps", "average_maps": "maps", "rank_regions": "maps"}
GROWS |= {"write_report": "scans"}
WORDS = {"scans": "scan", "voxels": "scan and million voxels", "trained": "scan, epoch and million voxels"}
WORDS |= {"judged": "scan and million voxels", "maps": "map and million voxels"}
SHARDED = {"extract_scan": "extract_shard", "prepare_scan": "prepare_shard", "pack_input": "pack_shard"}
# Whose size grows with what
FOLDERS = {"volumes": "scans", "packed": "voxels", "explain": "maps", "report": "scans"}
LARGE = Study(40_000, 0.62, splits=5, epochs=100, experiments=1, methods=4)


def demo():
    """The demo as a `Study`."""
    settings = demo_settings()
    work = work_of(settings, settings["cohort"]["made"]["subjects"], experiment="brain")
    amounts = {"splits": settings["folds"]["k"], "experiments": len(settings["experiments"])}
    return Study(work.scans, work.voxels, epochs=work.epochs, methods=len(settings["methods"]), **amounts)


def table(measured, small, large):
    """A table in Markdown: jobs of the ``large`` study, processor seconds of a unit, hours in all and of a job."""
    head = ["rule", "jobs", "s for a", "s", "hours in all", "hours a job"]
    jobs = {"train_fold": large.splits, "predict_experiment": 1, "explain_split": large.splits * large.methods}
    jobs |= {"average_maps": large.methods, "rank_regions": large.methods, "write_report": 1}
    lines = [head, ["---", "---:", "---", "---:", "---:", "---:"]]
    for rule, kind in GROWS.items():
        unit = measured[rule]["cpu"] / small.amounts()[kind]
        hours = unit * large.amounts()[kind] / 3600
        number = -(-large.scans // SHARD) if rule in SHARDED else jobs[rule] * large.experiments
        name = f"`{SHARDED.get(rule, rule)}`"
        lines.append([name, number, WORDS[kind], f"{unit:.2g}", f"{hours:,.0f}", f"{hours / number:,.1f}"])
    return "".join(f"| {' | '.join(map(str, line))} |\n" for line in lines)


def disk_table(results, small, large):
    """A table in Markdown: MB of a unit in the folder ``results`` of the ``small`` study, GB of the ``large`` one."""
    lines = [["folder", "MB for a", "MB", "GB in all"], ["---", "---", "---:", "---:"]]
    for folder, kind in FOLDERS.items():
        taken = sum(path.stat().st_size for path in (Path(results) / folder).rglob("*") if path.is_file()) / 1e6
        unit = taken / small.amounts()[kind]
        lines.append([f"`{folder}/`", WORDS[kind], f"{unit:.2g}", f"{unit * large.amounts()[kind] / 1e3:,.0f}"])
    return "".join(f"| {' | '.join(map(str, line))} |\n" for line in lines)


def main(logs, results):
    """Put the tables between their marks in the page."""
    before, rest = PAGE.read_text().split(BEGIN)
    tables = table(measured_jobs(logs), demo(), LARGE) + "\n" + disk_table(results, demo(), LARGE)
    PAGE.write_text(before + BEGIN + tables + END + rest.split(END)[1])


if __name__ == "__main__":
    main(*sys.argv[1:])
