"""A server and a page for all tests of the playground."""

from collections.abc import Iterator
from contextlib import closing

import pytest
from playwright.sync_api import Browser, Page

from examples.demo.serve import Origins, serving
from tests.browser import engines
from tests.browser.chromium import launched
from tests.browser.engines import ENGINES, Window
from tests.browser.playground.driving import wait_until_done


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    with launched() as browser:
        yield browser


@pytest.fixture(scope="package")
def origins() -> Iterator[Origins]:
    with serving() as origins:
        yield origins


@pytest.fixture(scope="package")
def page(chromium: Browser, origins: Origins) -> Iterator[Page]:
    """The playground, opened once: each test fills in the whole form."""
    permissions = ["clipboard-read", "clipboard-write"]
    with closing(chromium.new_page(permissions=permissions)) as page:
        page.goto(f"{origins.page}/playground/")
        wait_until_done(page)
        yield page


@pytest.fixture(scope="package", params=ENGINES)
def window(request: pytest.FixtureRequest, origins: Origins) -> Iterator[Window]:
    """The playground, open in each engine."""
    with engines.launched(request.param) as engine, engine.window() as window:
        window.open(f"{origins.page}/playground/")
        wait_until_done(window)
        yield window
