"""The report of a study: one page that carries its pictures and opens offline."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from voxplain.report import (
    baselines,
    cohort,
    groups,
    insight,
    other_cohorts,
    overview,
    provenance,
    quality,
    relevance,
    sanity,
    scores,
    training,
)
from voxplain.report.results import Results
from voxplain.runtime import written_whole

SECTIONS = (cohort, quality, training, scores, baselines, other_cohorts, relevance, groups, sanity, insight, provenance)


def write_report(folder, results_folder, settings):
    """Write ``index.html`` to ``folder``, which is emptied first, from the files below ``results_folder``.

    settings: the study's settings, merged with the defaults. A stage that left no file has a sentence in its place.
    """
    written = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    results = Results(Path(results_folder), settings)
    sections = [overview.section(results, written), *(part.section(results) for part in SECTIONS)]
    page = render(results, [section for section in sections if section is not None])
    folder = Path(folder)
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    with written_whole(folder / "index.html") as path:
        path.write_text(page, encoding="utf-8")


def render(results, sections):
    """The page as HTML. Whatever comes from tables and settings is escaped."""
    environment = Environment(
        loader=PackageLoader("voxplain.report"),
        autoescape=select_autoescape(["html", "j2"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style, *_ = environment.loader.get_source(environment, "style.css")
    return environment.get_template("report.html.j2").render(
        study=results.settings.get("study", ""), made=results.made, sections=sections, style=style
    )
