"""Chromium as an engine, driven by Playwright."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.browser import chromium
from tests.browser.engines.interface import HEIGHT, WIDTH, Engine, Window


class ChromiumWindow(Window):
    """A page in a browser context of its own."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._console: list[str] = []
        page.on("console", lambda message: self._console.append(message.text))

    @property
    def console(self) -> list[str]:
        """What the console has printed so far."""
        self._page.evaluate("1")  # by now every message has arrived
        return self._console

    def open(self, url: str) -> None:
        """Load a page and wait until its ``load`` event is over."""
        self._page.goto(url)

    def _evaluate(self, function: str, argument: str, opaque: bool) -> str:
        frame = self._page.frames[1] if opaque else self._page.main_frame
        text: str = frame.evaluate(function, argument)
        return text

    def screenshot(self, path: Path) -> None:
        """Save the whole page as a PNG."""
        self._page.screenshot(path=path, full_page=True)


class Chromium(Engine):
    """Headless Chromium."""

    name = "chromium"

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self.version = browser.version

    @contextmanager
    def window(self, width: int = WIDTH, height: int = HEIGHT) -> Iterator[Window]:
        """Open a window until the block ends."""
        context = self._browser.new_context(viewport={"width": width, "height": height})
        try:
            yield ChromiumWindow(context.new_page())
        finally:
            context.close()


@contextmanager
def launched(proxy: str | None = None) -> Iterator[Engine]:
    """Run Chromium until the block ends."""
    arguments = [] if proxy is None else [f"--proxy-server={proxy}"]
    with chromium.launched(*arguments) as browser:
        yield Chromium(browser)
