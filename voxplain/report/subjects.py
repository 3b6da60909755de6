"""A page for every scan: what it is, how it lies among the others, what its networks said, and why."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from voxplain.report.answers import scan_answers
from voxplain.report.blocks import Page
from voxplain.report.in_parallel import in_order
from voxplain.report.measured import Measured
from voxplain.report.quality import scans_known
from voxplain.report.ratings import given_ratings
from voxplain.report.results import Results
from voxplain.report.scan_maps import ScanMaps, scan_maps
from voxplain.report.subject_answers import answers_section
from voxplain.report.subject_maps import maps_section
from voxplain.report.subject_paths import first_scans
from voxplain.report.subject_quality import about_section, quality_section
from voxplain.report.viewer.atlases import atlas_volumes
from voxplain.report.viewer.placing import place_viewer


@dataclass(frozen=True)
class Cohort:
    """What the pages of all scans are made from, read once: tables, where maps lie, and what somebody rated.

    in_depth: the scans whose maps are also written for the viewer below ``folder``, the report's, whose regions
    ``atlases`` name.
    """

    results: Results
    folder: Path
    ledger: dict
    scans: dict
    quality: dict
    predictions: dict
    answers: dict
    maps: ScanMaps
    ratings: dict
    in_depth: frozenset
    atlases: list


def pages(results, folder):
    """Yield the page of every scan of ``results.subject_paths``, in their order."""
    paths = results.subject_paths
    if not paths:
        return
    cohort = read_cohort(results, folder)
    names = list(paths)
    drawn = results.thumbnails
    items = [(scan, {key: drawn[key] for name in results.inputs if (key := (scan, name)) in drawn}) for scan in names]
    made = in_order(partial(_sections, cohort), items, results.threads)
    for place, (scan, sections) in enumerate(zip(names, made, strict=True)):
        before = (names[place - 1], paths[names[place - 1]]) if place else None
        after = (names[place + 1], paths[names[place + 1]]) if place + 1 < len(names) else None
        yield Page(paths[scan], scan, sections, under="quality.html", before=before, after=after)


def read_cohort(results, folder):
    """The Cohort of a study; InputError where a file of maps or of ratings is not one."""
    asked = results.settings.get("report", {}).get("volumes", 0)
    in_depth = first_scans(results, asked, used_only=True) if asked and place_viewer(folder) else ()
    ledger, scans = results.table("cohort/ledger.tsv"), results.table("cohort/scans.tsv")
    tables = {name: results.table(f"predict/{name}/predictions.tsv") for name in results.experiments}
    return Cohort(
        results,
        Path(folder),
        {row["scan"]: row for row in ledger.to_dict("records")},
        {} if scans is None else {row["scan"]: row for row in scans.to_dict("records")},
        {name: Measured(name, scans_known(results, name).to_dict("records")) for name in results.inputs},
        {name: table for name, table in tables.items() if table is not None},
        {name: scan_answers(results, name) for name in results.experiments},
        scan_maps(results),
        given_ratings(results.settings),
        frozenset(in_depth),
        atlas_volumes(results, folder) if in_depth else [],
    )


def _sections(cohort, item):
    scan, drawn = item
    cohort.results.thumbnails.update(drawn)
    sections = [about_section(cohort, scan), quality_section(cohort, scan)]
    sections += [answers_section(cohort, scan), maps_section(cohort, scan)]
    return [section for section in sections if section is not None]
