"""The report of a study: a folder of pages that open from disk, offline."""

import shutil
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from voxplain.report import (
    baselines,
    cohort,
    groups,
    other_cohorts,
    overview,
    provenance,
    quality,
    relevance,
    sanity,
    scores,
    training,
)
from voxplain.report.blocks import Page
from voxplain.report.pages import Pages, page_html
from voxplain.report.results import Results

# Path, title and sections of the pages in the navigation; one whose sections have nothing to say is left out
PAGES = (
    ("index.html", "Overview", (overview,)),
    ("data.html", "Data", (cohort,)),
    ("quality.html", "Quality", (quality,)),
    ("training.html", "Training", (training, scores, other_cohorts)),
    ("baselines.html", "Baselines", (baselines,)),
    ("relevance.html", "Relevance", (relevance, groups)),
    ("sanity.html", "Sanity", (sanity,)),
    ("provenance.html", "Provenance", (provenance,)),
)
# Functions of the results and the report's folder that return a page for the navigation, or None
LISTED = ()
# Functions of the results and the report's folder that yield pages which are not in the navigation, one at a time
FURTHER = ()


def write_report(folder, results_folder, settings):
    """Write the pages to ``folder``, which is emptied first, from the files below ``results_folder``.

    settings: the study's settings, merged with the defaults. A stage that left no file has a sentence in its place.
    ``index.html`` is written last, so that it stands for the whole folder.
    """
    written = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    results, folder = Results(Path(results_folder), settings), Path(folder)
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    pages = [Page(path, title, _sections(results, parts, written)) for path, title, parts in PAGES]
    pages += [write(results, folder) for write in LISTED]
    pages = [page for page in pages if page is not None and page.sections]
    report = Pages(folder, results, [(page.path, page.title) for page in pages])
    report.write_assets()
    for write in FURTHER:
        for page in write(results, folder):
            report.write(page)
    for page in reversed(pages):
        report.write(page)


def render(results, sections):
    """One page of these sections as HTML, which carries its pictures."""
    return page_html(results, Page("index.html", "Report", sections))


def _sections(results, parts, written):
    made = [partial(part.section, written=written) if part is overview else part.section for part in parts]
    sections = [section(results) for section in made]
    return [section for section in sections if section is not None]
