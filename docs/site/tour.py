"""Draw the pictures of the tour from a finished demo into build/tour: ``python -m docs.site.tour``.

Each is a part of a page of the report as Chromium shows it, so that the tour shows nothing that the report does not.
Where there is no demo or no Chromium, one line says so and the tour goes without pictures.
"""

import argparse
import logging
import shutil
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
WIDTH = 1100  # of the window, in pixels; so wide that tables stand beside nothing


class View(NamedTuple):
    """A picture of the tour: its name, the page of the report, what it begins with, and its height in pixels."""

    name: str
    page: str
    part: str
    height: int


VIEWS = (
    View("overview", "index.html", "body", 1150),
    View("data", "data.html", "body", 1000),
    View("quality", "quality.html", "body", 1000),
    View("training", "training.html", "#scores", 900),
    View("baselines", "baselines.html", "body", 900),
    View("relevance", "relevance.html", "#relevance-experiment-brain", 900),
    View("sanity", "sanity.html", "body", 1000),
    View("insight", "insight.html", "body", 850),
    View("subject", "subjects/*.html", "#maps", 900),
)


def draw_tour(report, output):
    """Names of the pictures that were drawn of the folder ``report``; a page that is not there has none."""
    from playwright.sync_api import sync_playwright

    drawn = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--host-resolver-rules=MAP * ~NOTFOUND", "--disable-background-networking"]
        )
        page = browser.new_page(color_scheme="light")
        for view in VIEWS:
            path = next(iter(sorted(report.glob(view.page))), None)
            if path is None:
                continue
            page.set_viewport_size({"width": WIDTH, "height": view.height})
            page.goto(path.resolve().as_uri())
            # Pictures are loaded once they are scrolled to
            page.locator(view.part).first.evaluate("part => part.scrollIntoView()")
            page.wait_for_load_state("networkidle")
            page.screenshot(path=output / f"{view.name}.png")
            drawn.append(view.name)
        browser.close()
    return drawn


def main():
    """Draw what can be drawn, and say in a line what cannot."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--results", type=Path, default=ROOT / "results" / "demo", help="of the finished demo")
    parser.add_argument("--output", type=Path, default=ROOT / "build" / "tour")
    asked = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    shutil.rmtree(asked.output, ignore_errors=True)
    if not (asked.results / "report" / "index.html").exists():
        logging.info("%s: no finished demo, so the tour has no pictures; run `make demo` first", asked.results)
    elif CHROMIUM is None:
        logging.info("no Chromium on this machine, so the tour has no pictures; install the package chromium")
    else:
        asked.output.mkdir(parents=True)
        logging.info("the tour has %d pictures", len(draw_tour(asked.results / "report", asked.output)))


if __name__ == "__main__":
    main()
