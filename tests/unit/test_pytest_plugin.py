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


ALL_OR_SOME = "use 'all', or some of 'fetch', 'chromium', 'firefox', 'webkit'"


@pytest.mark.parametrize("source", ["def test_plain(): pass", "def test_it(cors_browser): pass"])
@pytest.mark.parametrize("given", ["safari", ""])
def test_an_option_with_an_unknown_profile_is_an_error_of_one_line(pytester, source, given):
    pytester.makepyfile(source)
    result = pytester.runpytest_inprocess(f"--cors-profiles=firefox,{given}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    lines = [line for line in result.stderr.lines if line]
    assert lines == [f"ERROR: --cors-profiles names {given!r}; {ALL_OR_SOME}"]


@pytest.mark.parametrize(
    ("names", "given"),
    [
        pytest.param('"safari"', "'safari'", id="unknown"),
        pytest.param('"all", "safari", "opera"', "'safari' and 'opera'", id="all-and-unknown"),
        pytest.param("", "nothing", id="nothing"),
        pytest.param('["all"]', "['all']", id="list"),
        pytest.param("None, 3", "None and 3", id="not-strings"),
    ],
)
def test_a_mark_with_an_unknown_profile_is_an_error_without_traceback(pytester, names, given):
    pytester.makepyfile(
        f"""
    import pytest

    @pytest.mark.cors_profiles({names})
    def test_it(cors_browser):
        assert cors_browser
    """
    )
    result = pytester.runpytest_inprocess("--disable-warnings")
    result.assert_outcomes(errors=1)
    error = f"*.py::test_it: the mark cors_profiles names {given}; {ALL_OR_SOME}"
    result.stdout.fnmatch_lines(
        ["*ERROR collecting *", error.replace("[", "[[]"), "*short test summary*"],
        consecutive=True,
    )


@pytest.mark.parametrize("given", ["all, fetch,firefox", "chromium,firefox,webkit,fetch,all,all"])
def test_all_may_be_one_of_several_names_and_no_profile_runs_twice(pytester, given):
    pytester.makepyfile(
        f"""
    import pytest

    def test_option(cors_browser):
        assert cors_browser

    @pytest.mark.cors_profiles(*{given!r}.replace(" ", "").split(","))
    def test_mark(cors_browser):
        assert cors_browser
    """
    )
    result = pytester.runpytest_inprocess(f"--cors-profiles={given}", "-v")
    result.assert_outcomes(passed=4 + 4)
    for name in ("chromium", "firefox", "webkit", "fetch"):
        result.stdout.fnmatch_lines([f"*::test_option?{name}? PASSED*"])


TESTS_THAT_PYTEST_DOES_NOT_REPEAT = f"""{SERVER}
    import unittest

    import pytest

    {{mark}}
    class TestUnittest(unittest.TestCase):
        @pytest.fixture(autouse=True)
        def make_browser(self, cors_browser):
            self.make_browser = cors_browser

        def test_it(self):
            assert self.make_browser(app, **{{arguments}}).profile.name == {{name!r}}

    {{mark}}
    class TestLate:
        def test_it(self, request):
            make_browser = request.getfixturevalue("cors_browser")
            assert make_browser(app, **{{arguments}}).profile.name == {{name!r}}
"""

WHY = (
    "pytest repeats test functions that have the argument cors_browser, or a fixture of another "
    "name that has it, but not for a unittest.TestCase, for getfixturevalue or for a mark in "
    "pytest.param"
)

MARK = '@pytest.mark.cors_profiles("all")'


@pytest.mark.parametrize(
    ("option", "mark", "asked_by"),
    [
        pytest.param(["--cors-profiles=all"], "", "--cors-profiles", id="option"),
        pytest.param([], MARK, "the mark cors_profiles", id="mark"),
        pytest.param(["--cors-profiles=fetch"], MARK, "the mark cors_profiles", id="both"),
    ],
)
def test_a_test_that_pytest_cannot_repeat_fails_if_profiles_are_asked_for(
    pytester, option, mark, asked_by
):
    source = TESTS_THAT_PYTEST_DOES_NOT_REPEAT
    pytester.makepyfile(source.format(mark=mark, arguments={}, name="fetch"))
    result = pytester.runpytest_inprocess(*option)
    result.assert_outcomes(failed=2)
    for name in ("TestUnittest", "TestLate"):
        result.stdout.fnmatch_lines(
            [
                f"*{name}.test_it*",
                f"{asked_by} cannot repeat this test: {WHY}; use the argument, or"
                " cors_browser(..., profile='webkit')",
            ],
            consecutive=True,
        )


@pytest.mark.parametrize("mark", ["", MARK])
def test_a_test_that_pytest_cannot_repeat_may_name_its_profile(pytester, mark):
    source = TESTS_THAT_PYTEST_DOES_NOT_REPEAT
    arguments = {"profile": "webkit"}
    pytester.makepyfile(source.format(mark=mark, arguments=arguments, name="webkit"))
    result = pytester.runpytest_inprocess("--cors-profiles=all")
    result.assert_outcomes(passed=2)


def test_a_mark_of_one_parameter_cannot_repeat_a_test(pytester):
    pytester.makepyfile(
        f"""{SERVER}
    import pytest

    @pytest.mark.parametrize("path", [pytest.param("/", marks={MARK[1:]})])
    def test_it(cors_browser, path):
        assert cors_browser(app).profile.name == "fetch"
    """
    )
    result = pytester.runpytest_inprocess()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([f"the mark cors_profiles cannot repeat this test: {WHY}; *"])


def test_a_test_that_pytest_cannot_repeat_runs_as_the_standard_says_by_default(pytester):
    source = TESTS_THAT_PYTEST_DOES_NOT_REPEAT
    pytester.makepyfile(source.format(mark="", arguments={}, name="fetch"))
    pytester.runpytest_inprocess().assert_outcomes(passed=2)


def test_a_mark_on_a_test_function_that_does_not_use_the_fixture_is_an_error(pytester):
    pytester.makepyfile(
        f"""
    import pytest

    {MARK}
    def test_it():
        assert True

    {MARK}
    @pytest.mark.skip(reason="a skipped test has no setup, so no error")
    def test_skipped():
        assert False
    """
    )
    result = pytester.runpytest_inprocess("--strict-markers")
    result.assert_outcomes(errors=1, skipped=1)
    result.stdout.fnmatch_lines(
        [
            "*ERROR at setup of test_it*",
            f"the mark cors_profiles cannot repeat this test: {WHY}; use the argument, or"
            " remove the mark",
        ],
        consecutive=True,
    )


def test_a_mark_on_a_module_or_class_applies_to_the_tests_that_use_the_fixture(pytester):
    pytester.makepyfile(
        """
    import pytest

    pytestmark = pytest.mark.cors_profiles("firefox", "webkit")

    @pytest.fixture
    def browser(cors_browser):
        return cors_browser(None)

    def test_uses_it(browser):
        assert browser.profile.name in ("firefox", "webkit")

    @pytest.mark.cors_profiles("chromium")
    class TestBoth:
        def test_uses_it(self, browser):
            assert browser.profile.name == "chromium"

        def test_does_not(self):
            '''
            >>> 1 + 1
            2
            '''
    """
    )
    result = pytester.runpytest_inprocess("--doctest-modules")
    result.assert_outcomes(passed=2 + 2 + 1)


def test_a_project_may_have_a_fixture_of_the_same_name(pytester):
    pytester.makepyfile(
        """
    import pytest

    @pytest.fixture
    def cors_browser():
        return "its own"

    def test_it(cors_browser):
        assert cors_browser == "its own"
    """
    )
    pytester.runpytest_inprocess("--cors-profiles=all").assert_outcomes(passed=1)


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
