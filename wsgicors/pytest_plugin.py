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
    from typing import NoReturn
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
    """Register the mark ``cors_profiles``, and check the option."""
    config.addinivalue_line(
        "markers",
        "cors_profiles(*names): run the test once for each of these profiles of cors_browser, or "
        "'all' for each browser engine; instead of --cors-profiles",
    )
    _profiles_of_option(config)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test with ``cors_browser`` once for each profile that is asked for."""
    if "_cors_profile" not in metafunc.fixturenames:  # a project may have its own cors_browser
        return
    test = metafunc.definition
    mark = test.get_closest_marker("cors_profiles")
    if mark is None:
        names = _profiles_of_option(metafunc.config)
    else:
        try:
            names = _profiles(mark.args, f"{test.nodeid}: the mark cors_profiles")
        except pytest.UsageError as error:
            raise pytest.Collector.CollectError(str(error)) from None  # is shown alone
    if names:
        metafunc.parametrize("_cors_profile", names, indirect=True)


def _profiles_of_option(config: pytest.Config) -> list[str]:
    """Return the profiles that ``--cors-profiles`` names, or none without it."""
    option = config.getoption("--cors-profiles")
    if option is None:
        return []
    return _profiles(map(str.strip, option.split(",")), "--cors-profiles")


def _profiles(names: Iterable[str], where: str) -> list[str]:
    """Return the names of profiles, each once, with the engines in place of ``all``.

    :param where: what names them, for the error.
    :raises pytest.UsageError: if one of them is unknown.
    """
    from .testing.profiles import ENGINES, PROFILES  # here, because every project loads this module

    asked = [*names]
    known = ["all", *PROFILES]  # not a set, because a mark may name what has no hash
    unknown = [name for name in asked if name not in known]
    if unknown or not asked:
        given = " and ".join(map(repr, unknown)) or "nothing"
        some = ", ".join(map(repr, PROFILES))
        raise pytest.UsageError(f"{where} names {given}; use 'all', or some of {some}")
    expanded = [ENGINES if name == "all" else [name] for name in asked]
    return [*dict.fromkeys(name for names in expanded for name in names)]


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Fail a test that has a mark ``cors_profiles`` of its own, but does not use the fixture."""
    marked = any(mark.name == "cors_profiles" for mark in item.own_markers)
    if marked and "_cors_profile" not in getattr(item, "fixturenames", []):
        _cannot_repeat("the mark cors_profiles", "remove the mark")


def _cannot_repeat(asked_by: str, instead: str) -> NoReturn:
    """Fail a test that does not run in the profiles that are asked for."""
    message = (
        f"{asked_by} cannot repeat this test: pytest repeats test functions that have the argument "
        "cors_browser, or a fixture of another name that has it, but not for a unittest.TestCase, "
        f"for getfixturevalue or for a mark in pytest.param; use the argument, or {instead}"
    )
    pytest.fail(message, pytrace=False)


@pytest.fixture
def _cors_profile(request: pytest.FixtureRequest) -> str | None:
    """Return the profile that a repeated test runs in."""
    return getattr(request, "param", None)


@pytest.fixture
def cors_browser(
    request: pytest.FixtureRequest, _cors_profile: str | None
) -> Callable[..., Browser]:
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
        profile: str | None = _cors_profile,
    ) -> Browser:
        if profile is None:
            profile = _standard(request)
        browsers.append(Browser(servers, at, profile=profile))
        return browsers[-1]

    return make


def _standard(request: pytest.FixtureRequest) -> str:
    """Return the profile of a test that is not repeated, unless it should have been."""
    instead = "cors_browser(..., profile='webkit')"
    if request.node.get_closest_marker("cors_profiles"):
        _cannot_repeat("the mark cors_profiles", instead)
    if request.config.getoption("--cors-profiles"):
        _cannot_repeat("--cors-profiles", instead)
    return "fetch"


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
