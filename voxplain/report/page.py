"""The report of a study: a folder of pages that open from disk, offline."""

import shutil
from dataclasses import replace
from pathlib import Path

from voxplain.report import (
    baselines,
    cohort,
    groups,
    insight,
    other_cohorts,
    overview,
    predictions,
    provenance,
    published,
    quality,
    relevance,
    sanity,
    scores,
    subjects,
    training,
)
from voxplain.report.blocks import Page, Text
from voxplain.report.figure_files import copy_figures
from voxplain.report.methods import section as methods
from voxplain.report.older import older_sentence
from voxplain.report.pages import Pages, page_html
from voxplain.report.results import Results
from voxplain.report.viewer.page import viewer_page

# Path, title and sections of the pages in the navigation; one whose sections have nothing to say is left out
PAGES = (
    ("index.html", "Overview", (overview,)),
    ("data.html", "Data", (cohort,)),
    ("quality.html", "Quality", (quality,)),
    ("training.html", "Training", (training, scores, published, other_cohorts)),
    ("baselines.html", "Baselines", (baselines,)),
    ("relevance.html", "Relevance", (relevance, groups)),
    ("sanity.html", "Sanity", (sanity,)),
    ("insight.html", "Inside the network", (insight,)),
    ("methods.html", "Methods", (methods,)),
    ("provenance.html", "Provenance", (provenance,)),
)
# Functions of the results and the report's folder that return a page for the navigation, or None
LISTED = (viewer_page,)
# Functions of the results and the report's folder that yield pages which are not in the navigation, one at a time
FURTHER = (quality.pages, predictions.pages, subjects.pages)


def write_report(folder, results_folder, settings, threads=1):
    """Write the pages to ``folder``, which is emptied first, from the files below ``results_folder``.

    settings: the study's settings, merged with the defaults. A stage that left no file has a sentence in its place.
    threads: processes that draw pictures of scans at once; they change no byte.
    ``index.html`` is written last, so that it stands for the whole folder.
    """
    results, folder = Results(Path(results_folder), settings, threads), Path(folder)
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    copy_figures(results, folder)
    write_pages(folder, results, listed_pages(results, folder))


def listed_pages(results, folder):
    """The pages of the navigation, those that have something to say; what they load on demand is in ``folder`` then."""
    pages = [Page(path, title, _sections(results, parts)) for path, title, parts in PAGES]
    if older := older_sentence(results.folder):
        pages = [_told_older(page, older) for page in pages]
    pages += [page_of(results, folder) for page_of in LISTED]
    return [page for page in pages if page is not None and page.sections]


def write_pages(folder, results, listed):
    """Write the pages ``listed``, and those that are not in the navigation, with the assets of all."""
    report = Pages(folder, results, [(page.path, page.title) for page in listed])
    report.write_assets()
    methods.write_bibtex(results, folder)
    for pages_of in FURTHER:
        for page in pages_of(results, folder):
            report.write(page)
    for page in reversed(listed):
        report.write(page)


def render(results, sections):
    """One page of these sections as HTML, which carries its pictures."""
    return page_html(results, Page("index.html", "Report", sections))


def _sections(results, parts):
    sections = [part.section(results) for part in parts]
    return [section for section in sections if section is not None]


def _told_older(page, sentence):
    """``page`` with a sentence above what its first section shows."""
    if not page.sections:
        return page
    first, *others = page.sections
    return replace(page, sections=[replace(first, blocks=[Text(sentence, "missing"), *first.blocks]), *others])
