"""What the report of many scans takes: a finished study's scans again under new names, on a grid of about 2 mm.

``make demo``, then ``python -m benchmarks.report [results/demo]``: 300 scans; all 1,113, which take more than three
minutes, with ``--full``. There is no peer: the figures stand against pages of 3 MB, which are a page's HTML with what
it loads from disk before a click (pictures when they are scrolled to, and maps and the viewer's library on demand, are
not loaded then). Scans share the volumes of three, so that pictures on disk are fewer than a real study's;
``megabytes`` counts each as often as a page shows it.
"""

import re
import resource
import shutil
import sys
import tempfile
import time
from pathlib import Path

import yaml

import voxplain
from benchmarks.many_scans import multiplied
from benchmarks.timing import write_line
from voxplain.report.page import write_report
from voxplain.settings.merging import merged_settings

ROOT = Path(__file__).parents[1]
SUBJECTS, ALL_SUBJECTS = 300, 1113
# Voxels for one of the demo's along each axis: from 3 mm to 1.7 mm
FINER = 1.75
LIMIT_MB = 3
CHROMIUM = shutil.which("chromium")


def shown_bytes(folder):
    """Bytes of all pages, and of each picture as often as a page shows it."""
    total = 0
    for path in folder.rglob("*.html"):
        total += path.stat().st_size
        for source in re.findall(r'<img src="(?!data:)([^"]*)"', path.read_text()):
            total += (path.parent / source).stat().st_size
    return total


def first_loads(folder):
    """Bytes that each page in the navigation, and one scan's, loads from disk in a browser before a click."""
    from playwright.sync_api import sync_playwright

    paths = [*sorted(folder.glob("*.html")), *sorted(folder.glob("subjects/*.html"))[:1]]
    loads = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM)
        for path in paths:
            page, asked = browser.new_page(viewport={"width": 1400, "height": 900}), set()
            page.on("request", lambda request, asked=asked: asked.add(request.url.partition("#")[0]))
            page.goto(path.as_uri())
            page.wait_for_timeout(500)
            files = [Path(url.removeprefix("file://")) for url in asked if url.startswith("file:")]
            loads[path.relative_to(folder).as_posix()] = sum(file.stat().st_size for file in files)
            page.close()
        browser.close()
    return loads


if __name__ == "__main__":
    subjects = ALL_SUBJECTS if "--full" in sys.argv else SUBJECTS
    finished = Path(next((one for one in sys.argv[1:] if one != "--full"), ROOT / "results/demo"))
    if not (finished / "report").is_dir():
        sys.exit(f"{finished}: no finished study; run make demo first, or name the folder of one")
    settings = yaml.safe_load((ROOT / "config/config.yaml").read_text())
    settings = merged_settings(settings, voxplain.networks(), voxplain.methods())
    with tempfile.TemporaryDirectory() as folder:
        study, report = Path(folder) / "results/many", Path(folder) / "report"
        multiplied(finished, study, subjects, FINER)
        begun, used = time.perf_counter(), time.process_time()
        write_report(report, study, settings)
        seconds, cpu = time.perf_counter() - begun, time.process_time() - used
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu += children.ru_utime + children.ru_stime
        peak = max(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, children.ru_maxrss) / 1024
        largest = max(report.rglob("*.html"), key=lambda path: path.stat().st_size)
        loads = first_loads(report) if CHROMIUM else {}
        figures = {"subjects": subjects, "pages": len(list(report.rglob("*.html"))), "seconds": seconds}
        figures |= {"cpu_seconds": cpu, "megabytes": shown_bytes(report) / 1e6, "peak_mb": round(peak)}
        figures |= {"largest_page": largest.name, "largest_html_mb": largest.stat().st_size / 1e6}
        if loads:
            most = max(loads, key=loads.get)
            figures |= {"most_loaded": most, "loaded_mb": loads[most] / 1e6}
        figures |= {"limit_mb": LIMIT_MB, "gpu": "not measured"}
        write_line("report", LIMIT_MB * 1e6 / max([largest.stat().st_size, *loads.values()]), 0.0, **figures)
