"""A pytest plugin: the fixture ``cors_browser``, and the exchanges in reports of failed tests.

::

    def test_the_app_may_read_items(cors_browser):
        page = cors_browser(app).page("https://app.example")
        assert page.fetch("https://api.example/items").ok
"""

from collections.abc import Callable, Generator, Mapping
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

    from pluggy import Result

    from .testing import Browser

BROWSERS = "_wsgicors_browsers"
"""The attribute of a test that holds its browsers; pytest before 7 has no stash."""


@pytest.fixture
def cors_browser(request: pytest.FixtureRequest) -> "Callable[..., Browser]":
    """Make a browser, with the arguments of :class:`wsgicors.testing.Browser`.

    If the test fails, its report shows what the pages sent and received.
    """
    from .testing import Browser  # here, because pytest loads this module in every project

    browsers: list[Browser] = []
    setattr(request.node, BROWSERS, browsers)

    def make(
        servers: "WSGIApplication | str | Mapping[str, WSGIApplication | str] | None",
        at: str = "https://api.example",
        *,
        profile: str = "fetch",
    ) -> Browser:
        browsers.append(Browser(servers, at, profile=profile))
        return browsers[-1]

    return make


@pytest.hookimpl(hookwrapper=True)  # pytest before 8 rejects wrapper=True
def pytest_runtest_makereport(
    item: pytest.Item,
) -> "Generator[None, Result[pytest.TestReport], None]":
    """Add the exchanges to the report of a failed test."""
    report = (yield).get_result()
    if report.failed:
        browsers: list[Browser] = getattr(item, BROWSERS, [])
        for browser in browsers:
            report.sections += [
                (f"CORS exchanges of a page of {page.origin}", str(page.log))
                for page in browser.pages
                if page.log
            ]
