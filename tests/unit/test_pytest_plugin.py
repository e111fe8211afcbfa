"""The fixture ``cors_browser``, and the exchanges in reports of failed tests."""

import runpy
import sys
from types import ModuleType

import pytest

from tests.unit.testing.servers import ANYBODY, API, APP, Server
from wsgicors import pytest_plugin
from wsgicors.testing import Browser

pytest_plugins = ["pytester"]

SERVER = """
    def app(environ, start_response):
        start_response("200 OK", [("Access-Control-Allow-Origin", "https://app.example")])
        return [b"hello"]
"""


def test_the_fixture_makes_browsers_as_the_class_does(cors_browser):
    browser = cors_browser(Server(ANYBODY))
    assert isinstance(browser, Browser)
    assert browser.page(APP).fetch(f"{API}/").text == "hello"


def test_the_fixture_accepts_an_origin_and_a_profile(cors_browser):
    browser = cors_browser(Server(ANYBODY), "https://b.example", profile="chromium")
    assert browser.profile.name == "chromium"
    assert browser.page(APP).fetch("https://b.example/").ok


def test_the_fixture_accepts_several_servers(cors_browser):
    page = cors_browser({API: Server(ANYBODY), APP: Server()}).page(APP)
    assert page.fetch("/").type == "basic"
    assert page.fetch(API).type == "cors"


def test_each_call_makes_a_new_browser(cors_browser):
    assert cors_browser(Server()) is not cors_browser(Server())


def test_a_test_that_passes_shows_nothing(pytester):
    pytester.makepyfile(
        f"""{SERVER}
    def test_reads(cors_browser):
        page = cors_browser(app).page("https://app.example")
        assert page.fetch("https://api.example/").text == "hello"
    """
    )
    result = pytester.runpytest_inprocess()
    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("*CORS exchanges*")


def test_a_test_that_fails_shows_the_exchanges_of_each_page(pytester):
    pytester.makepyfile(
        f"""{SERVER}
    def test_fails(cors_browser):
        browser = cors_browser(app)
        browser.page("https://app.example").fetch("https://api.example/items")
        browser.page("https://silent.example")
        other = cors_browser(app, "https://b.example").page("https://app.example")
        other.fetch("https://b.example/", method="POST")
        assert False
    """
    )
    result = pytester.runpytest_inprocess()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*CORS exchanges of a page of https://app.example*",
            "https://app.example *https://api.example",
            "├── GET /items ─*▶│",
            "│◀─* 200 OK ──┤",
            "*CORS exchanges of a page of https://app.example*",
            "https://app.example *https://b.example",
            "├── POST / ─*▶│",
        ]
    )
    result.stdout.no_fnmatch_line("*CORS exchanges of a page of https://silent.example*")


def test_a_blocked_request_fails_the_test_with_the_setting_to_change(pytester):
    pytester.makepyfile(
        f"""{SERVER}
    def test_saves(cors_browser):
        page = cors_browser(app).page("https://app.example")
        page.fetch("https://api.example/items", method="PUT")
    """
    )
    result = pytester.runpytest_inprocess()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "E * PUT https://api.example/items from a page of 'https://app.example' was blocked",
            "E *step * CORS-preflight fetch: the method is not allowed",
            "E *change * allow_methods: add PUT, or route PUT to a view *",
            "*CORS exchanges of a page of https://app.example*",
            "├── OPTIONS /items ─*▶│ * may I PUT?",
        ]
    )


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("def test_plain(): assert False", id="without-the-fixture"),
        pytest.param(
            "def test_unused(cors_browser): assert not cors_browser", id="fixture-that-is-not-used"
        ),
    ],
)
def test_tests_without_a_browser_fail_as_usual(pytester, source):
    pytester.makepyfile(source)
    result = pytester.runpytest_inprocess()
    result.assert_outcomes(failed=1)
    result.stdout.no_fnmatch_line("*CORS exchanges*")


WEBKIT_ALONE = """
    import pytest

    # The page's own server redirects to an API, and that one to its files.
    def app(environ, start_response):
        target = {"/go": "https://api.example/go2", "/go2": "https://files.example/"}
        lines = [("Access-Control-Allow-Origin", "*")]
        location = target.get(environ["PATH_INFO"])
        lines += [("Location", location)] if location else []
        start_response("302 Found" if location else "200 OK", lines)
        return []

    SERVERS = dict.fromkeys(
        ["https://app.example", "https://api.example", "https://files.example"], app
    )
"""


def test_a_test_runs_once_for_each_engine_if_all_are_asked_for(pytester):
    pytester.makepyfile(
        f"""{WEBKIT_ALONE}
    def test_download(cors_browser):
        assert cors_browser(SERVERS).page("https://app.example").fetch("/go").ok
    """
    )
    result = pytester.runpytest_inprocess("--cors-profiles=all", "-v")
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(
        [
            "*::test_download?chromium? PASSED*",
            "*::test_download?firefox? PASSED*",
            "*::test_download?webkit? FAILED*",
            "E *CORSBlocked: GET https://api.example/go2 from a page of 'https://app.example' was*",
            "E *step * CORS check: *",
            "*CORS exchanges of a page of https://app.example in webkit*",
        ]
    )


def test_a_mark_names_profiles_in_place_of_the_option(pytester):
    pytester.makepyfile(
        f"""{WEBKIT_ALONE}
    @pytest.mark.cors_profiles("fetch", "webkit")
    def test_marked(cors_browser):
        assert cors_browser(SERVERS).profile.name in ("fetch", "webkit")

    @pytest.mark.cors_profiles("all")
    def test_everywhere(cors_browser):
        assert cors_browser(SERVERS).profile.name in ("chromium", "firefox", "webkit")

    def test_unmarked(cors_browser):
        assert cors_browser(SERVERS).profile.name == "firefox"
        assert cors_browser(SERVERS, profile="fetch").profile.name == "fetch"

    def test_without_a_browser():
        assert True
    """
    )
    result = pytester.runpytest_inprocess("--cors-profiles=firefox", "--strict-markers")
    result.assert_outcomes(passed=2 + 3 + 1 + 1)


@pytest.mark.parametrize(
    ("arguments", "names", "error"),
    [
        pytest.param(
            ["--cors-profiles=safari"],
            '"all"',
            "--cors-profiles names 'safari'; use 'all', or",
            id="option",
        ),
        pytest.param(
            ["--cors-profiles=firefox, all"],
            '"all"',
            "--cors-profiles names 'all'; use 'all', or",
            id="all-and-another",
        ),
        pytest.param([], '"safari"', "the mark cors_profiles names 'safari'; use 'all'", id="mark"),
        pytest.param([], "", "the mark cors_profiles names nothing; use 'all', or", id="empty"),
    ],
)
def test_an_unknown_profile_is_an_error_that_names_all(pytester, arguments, names, error):
    marked = f"@pytest.mark.cors_profiles({names})" if not arguments else ""
    pytester.makepyfile(
        f"""
    import pytest

    {marked}
    def test_it(cors_browser):
        assert cors_browser
    """
    )
    result = pytester.runpytest_inprocess(*arguments)
    assert result.ret != pytest.ExitCode.OK
    shown = result.stdout.str() + result.stderr.str()
    assert f"{error}" in shown
    assert "'fetch', 'chromium', 'firefox', 'webkit'" in shown


def test_pytest_6_can_load_the_plugin(monkeypatch):
    # It has neither Config nor Parser nor Metafunc; the plugin needs only these two when it loads.
    pytest_6 = ModuleType("pytest")
    monkeypatch.setattr(pytest_6, "fixture", pytest.fixture, raising=False)
    monkeypatch.setattr(pytest_6, "hookimpl", pytest.hookimpl, raising=False)
    monkeypatch.setitem(sys.modules, "pytest", pytest_6)
    assert "cors_browser" in runpy.run_path(pytest_plugin.__file__)


def test_the_plugin_is_found_by_its_entry_point(pytester):
    pytester.makepyfile("def test_it(cors_browser): pass")
    pytester.runpytest_subprocess("--disable-warnings").assert_outcomes(passed=1)
