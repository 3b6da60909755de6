"""What the jobs of a finished study took, from the benchmark files that Snakemake left in its logs."""

import csv
from collections import defaultdict
from pathlib import Path

from voxplain.attribution.table import method_options, methods
from voxplain.networks.table import network_options, networks
from voxplain.settings.merging import merged_settings


def measured_jobs(logs):
    """``{rule: {jobs, mb, longest, cpu}}`` below ``logs``: peak in MB, longest job, all processor time in s."""
    rows = defaultdict(list)
    for path in sorted(Path(logs).rglob("*.benchmark.tsv")):
        rule = path.relative_to(logs).parts[0].removesuffix(".benchmark.tsv")
        with path.open() as file:
            rows[rule] += list(csv.DictReader(file, delimiter="\t"))
    return {rule: _of_rule(found) for rule, found in rows.items()}


def _of_rule(rows):
    peaks = [_number(row["max_rss"]) for row in rows]
    # processor time is looked at now and then: of a short job its whole time is the better bound
    spent = sum(_number(row["cpu_time" if float(row["s"]) > 5 else "s"]) for row in rows)
    return {"jobs": len(rows), "mb": max(peaks), "longest": max(float(row["s"]) for row in rows), "cpu": spent}


def _number(text):
    """A cell of a benchmark; 0 where the job ended before it was looked at, which is written as - or NA."""
    return float(text) if text.replace(".", "", 1).isdigit() else 0


def demo_settings():
    """The settings of the demo, as a run has them."""
    return asked_settings({})


def asked_settings(asked):
    """The settings of the study that asks for these, as a run has them."""
    options = {name: network_options(name) for name in networks()}, {name: method_options(name) for name in methods()}
    return merged_settings(asked, *options)
