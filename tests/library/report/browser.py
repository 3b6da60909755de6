"""Pages as a reader meets them: Chromium without a screen, its WebGL computed on the processor."""

import shutil
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
WITHOUT_A_GRAPHICS_CARD = ["--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist"]
WITHOUT_A_NETWORK = ["--host-resolver-rules=MAP * ~NOTFOUND", "--disable-background-networking"]
# What a page may ask for: files beside it, and what it carries or makes itself
FROM_DISK = ("file:", "data:", "blob:")

# A picture that was on its way when the reader turned the page
LEFT = "net::ERR_ABORTED"


@contextmanager
def started_browser():
    """A running Chromium; the test is skipped where none is installed."""
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine: install the package chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=WITHOUT_A_GRAPHICS_CARD + WITHOUT_A_NETWORK)
        yield browser
        browser.close()


class Visit:
    """Opens pages from disk, and keeps what went wrong in them.

    ``faults`` holds uncaught errors, errors on the console (the security policy's refusals are among them) and
    requests for anything that is not a file.
    """

    def __init__(self, browser):
        self.browser = browser
        self.contexts = []
        self.faults = []

    def __call__(self, path, width=1200, height=900, **options):
        """The opened page of ``path``, ``path#fragment`` too; ``options`` go to the browser's new context.

        Pages of one visit that are opened without options share their localStorage, as a reader's do.
        """
        if options or not self.contexts:
            self.contexts.append(self.browser.new_context(**options))
        page = self.contexts[-1].new_page()
        page.set_viewport_size({"width": width, "height": height})
        page.on("console", lambda said: self._heard(said.type == "error", f"console: {said.text}"))
        page.on("pageerror", lambda error: self._heard(True, f"error: {error}"))
        page.on("requestfailed", lambda failed: self._heard(failed.failure != LEFT, f"not found: {failed.url[:200]}"))
        page.on("request", lambda asked: self._heard(not asked.url.startswith(FROM_DISK), f"request: {asked.url}"))
        path, _, fragment = str(path).partition("#")
        page.goto(Path(path).resolve().as_uri() + (f"#{fragment}" if fragment else ""))
        return page

    def close(self):
        """Close its pages, and fail where one of them had a fault."""
        for context in self.contexts:
            context.close()
        assert not self.faults, "\n".join(self.faults)

    def _heard(self, fault, what):
        if fault:
            self.faults.append(what)
