"""A real browser for the tests that ask one: headless Chromium, driven by Playwright."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

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
]

WEBGL = ["--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
"""For WebGL without a graphics card. To draw any page then takes twice as long."""

PREFERENCES = {"profile": {"cookie_controls_mode": 0}}
"""Contexts are private windows. These block third-party cookies, which ordinary windows do not."""


@contextmanager
def launched(*arguments: str) -> Iterator[Browser]:
    """Run Chromium until the block ends. Each page that it opens has its own cookies and caches.

    :param arguments: for the command line, beside the usual ones.
    """
    executable = find_chromium()
    with _running_playwright() as playwright, _profile() as profile:
        context = playwright.chromium.launch_persistent_context(
            profile, executable_path=executable, args=[*ARGUMENTS, *arguments]
        )
        try:
            yield cast("Browser", context.browser)
        finally:
            context.close()


@contextmanager
def _profile() -> Iterator[Path]:
    """Make a profile with the preferences."""
    with TemporaryDirectory(ignore_cleanup_errors=True) as text:
        profile = Path(text)
        (profile / "Default").mkdir()
        (profile / "Default" / "Preferences").write_text(json.dumps(PREFERENCES), "utf-8")
        yield profile


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
