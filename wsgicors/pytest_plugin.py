"""A pytest plugin: the fixture ``cors_browser``, and exchanges in the report of a failed test.

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

    from .testing import Browser

BROWSERS = pytest.StashKey["list[Browser]"]()


@pytest.fixture
def cors_browser(request: pytest.FixtureRequest) -> "Callable[..., Browser]":
    """Make browsers, as :class:`wsgicors.testing.Browser` does.

    Should the test fail, its report shows what their pages have sent and received.
    """
    from .testing import Browser  # pytest loads this module in every project that has wsgicors

    browsers: list[Browser] = []
    request.node.stash[BROWSERS] = browsers

    def make(
        servers: "WSGIApplication | Mapping[str, WSGIApplication | str] | None",
        at: str = "https://api.example",
        *,
        profile: str = "fetch",
    ) -> Browser:
        browsers.append(Browser(servers, at, profile=profile))
        return browsers[-1]

    return make


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the exchanges to the report of a test that failed."""
    report = yield
    if report.when == "call" and report.failed:
        browsers = item.stash.get(BROWSERS, ())
        for browser in browsers:
            report.sections += [
                (f"CORS exchanges of a page of {page.origin}", str(page.log))
                for page in browser.pages
                if page.log
            ]
    return report
