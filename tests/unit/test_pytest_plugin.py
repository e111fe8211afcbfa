"""The fixture ``cors_browser``, and the exchanges in reports of failed tests."""

import pytest

from tests.unit.testing.servers import ANYBODY, API, APP, Server
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


def test_the_plugin_is_found_by_its_entry_point(pytester):
    pytester.makepyfile("def test_it(cors_browser): pass")
    pytester.runpytest_subprocess("--disable-warnings").assert_outcomes(passed=1)
