"""A real browser for the tests that ask one: headless Chromium, driven by Playwright."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Playwright, sync_playwright

from tests.browser.processes import find

NAMES = ["chromium", "chromium-browser", "google-chrome"]

ARGUMENTS = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # WebGL without a graphics card.
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
]


@contextmanager
def launched(*arguments: str) -> Iterator[Browser]:
    """Run Chromium until the block ends. Each page that it opens has its own cookies and caches.

    :param arguments: for the command line, beside the usual ones.
    """
    executable = find_chromium()
    with _running_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable, args=[*ARGUMENTS, *arguments]
        )
        try:
            yield browser
        finally:
            browser.close()


_running: list[Playwright] = []
"""Playwright, once for each block that uses it: a thread can run only one."""


@contextmanager
def _running_playwright() -> Iterator[Playwright]:
    """Run Playwright until the last of all blocks ends."""
    playwright = _running[0] if _running else sync_playwright().start()
    _running.append(playwright)
    try:
        yield playwright
    finally:
        _running.remove(playwright)
        if not _running:
            playwright.stop()


def find_chromium() -> str:
    """Return the path of Chromium, or fail: what no browser has confirmed is not confirmed."""
    return find("chromium", *NAMES)
