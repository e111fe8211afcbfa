"""A pytest plugin: the fixture ``cors_browser``, and the exchanges in reports of failed tests.

::

    def test_the_app_may_read_items(cors_browser):
        page = cors_browser(app).page("https://app.example")
        assert page.fetch("https://api.example/items").ok

``--cors-profiles=all`` runs such a test once for each browser engine, and so does the mark
``cors_profiles``: ``@pytest.mark.cors_profiles("all")``, or with the names of profiles.
"""

from __future__ import annotations  # pytest 6 has no Config, Metafunc, Parser and TestReport

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Mapping
    from wsgiref.types import WSGIApplication

    from pluggy import Result

    from .testing import Browser, Page

BROWSERS = "_wsgicors_browsers"
"""The attribute of a test that holds its browsers; pytest before 7 has no stash."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option ``--cors-profiles``."""
    parser.getgroup("wsgicors").addoption(
        "--cors-profiles",
        metavar="NAMES",
        help="run tests with cors_browser once for each of these profiles, separated by commas, "
        "such as chromium,firefox,webkit; or 'all' for these three engines",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Register the mark ``cors_profiles``."""
    config.addinivalue_line(
        "markers",
        "cors_profiles(*names): run the test once for each of these profiles of cors_browser, or "
        "'all' for each browser engine; instead of --cors-profiles",
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test with ``cors_browser`` once for each profile that is asked for."""
    if "cors_browser" not in metafunc.fixturenames:
        return
    mark = metafunc.definition.get_closest_marker("cors_profiles")
    option = metafunc.config.getoption("--cors-profiles")
    if mark is not None:
        names = _profiles(mark.args, "the mark cors_profiles")
        metafunc.parametrize("_cors_profile", names, indirect=True)
    elif option is not None:
        names = _profiles(map(str.strip, option.split(",")), "--cors-profiles")
        metafunc.parametrize("_cors_profile", names, indirect=True)


def _profiles(names: Iterable[str], where: str) -> list[str]:
    """Return the names of profiles; ``all`` stands for the engines.

    :param where: what names them, for the error.
    :raises pytest.UsageError: if one of them is unknown.
    """
    from .testing.profiles import ENGINES, PROFILES  # here, because every project loads this module

    asked = [*names]
    if asked == ["all"]:
        return [*ENGINES]
    unknown = [name for name in asked if name not in PROFILES]
    if unknown or not asked:
        given = " and ".join(map(repr, unknown)) or "nothing"
        raise pytest.UsageError(f"{where} names {given}; use 'all', or some of {[*PROFILES]}")
    return asked


@pytest.fixture
def _cors_profile(request: pytest.FixtureRequest) -> str:
    """Return the profile of the browsers of a test that does not name another."""
    return getattr(request, "param", "fetch")


@pytest.fixture
def cors_browser(request: pytest.FixtureRequest, _cors_profile: str) -> Callable[..., Browser]:
    """Make a browser, with the arguments of :class:`wsgicors.testing.Browser`.

    If the test fails, its report shows what the pages sent and received.
    """
    from .testing import Browser  # here, because every project loads this module

    browsers: list[Browser] = []
    setattr(request.node, BROWSERS, browsers)

    def make(
        servers: WSGIApplication | str | Mapping[str, WSGIApplication | str] | None,
        at: str = "https://api.example",
        *,
        profile: str = _cors_profile,
    ) -> Browser:
        browsers.append(Browser(servers, at, profile=profile))
        return browsers[-1]

    return make


@pytest.hookimpl(hookwrapper=True)  # pytest before 8 rejects wrapper=True
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, Result[pytest.TestReport], None]:
    """Add the exchanges to the report of a failed test."""
    report = (yield).get_result()
    if report.failed:
        browsers: list[Browser] = getattr(item, BROWSERS, [])
        for browser in browsers:
            report.sections += [
                (f"CORS exchanges of a page of {page.origin}{_engine(page)}", str(page.log))
                for page in browser.pages
                if page.log
            ]


def _engine(page: Page) -> str:
    """Name the profile of a page, unless it is the standard."""
    return "" if page.profile.name == "fetch" else f" in {page.profile.name}"
